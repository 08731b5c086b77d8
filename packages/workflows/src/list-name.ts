import { type JsonObject, placeholdersIn } from "@orch/core";
import type { WorkflowStep } from "./workflow-step.ts";

/**
 * The parameter of the run that is the list of a step, where the step does not ask for it: each item would get a copy of
 * all of them. Null for none.
 */
export function listNameOf({
  foreach,
  parameters,
}: Pick<WorkflowStep, "foreach" | "parameters">): string | null {
  const [placeholder] = typeof foreach === "string" ? placeholdersIn(foreach) : [];
  const name = placeholder?.path.length === 0 ? placeholder.name : null;
  return name === null || Object.hasOwn(parameters, name) ? null : name;
}

/** The parameters of an item without the list. */
export function withoutList(parameters: JsonObject, listName: string | null): JsonObject {
  if (listName === null) return parameters;
  const { [listName]: _, ...rest } = parameters;
  return rest;
}
