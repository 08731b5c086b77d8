import { didYouMean, nearestNames } from "@orch/core";
import { type OrchestrationEngine, type Resource, ResourceNotFoundError } from "@orch/engine";
import { commandText } from "./command-text.ts";

/** The resource of an id. Throws RESOURCE_NOT_FOUND, with those that were probably meant. */
export function findResource(id: string, { resourceManager }: OrchestrationEngine): Resource {
  const found = resourceManager.getResource(id);
  if (found !== null) return found;
  const available = resourceManager.listResources().map((resource) => resource.id);
  const near = nearestNames(id, available);
  throw new ResourceNotFoundError(id, available, {
    suggestions: [...didYouMean(near), `See all: ${commandText("resource list")}`],
  });
}
