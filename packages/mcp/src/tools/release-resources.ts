import { didYouMean, nearestNames, OrchestrationError } from "@orch/core";
import { z } from "zod";
import { name, names } from "../argument.ts";
import { defineTool, HINTS } from "../tool.ts";
import { HOLDER } from "./allocate-resources.ts";

/** Gives resources back that were allocated by hand. */
export const releaseResources = defineTool({
  name: "release_resources",
  title: "Release resources",
  description: "Release own allocations by id; what is not held any more is left out",
  input: z.strictObject({
    user_id: name("Whom they were allocated for"),
    allocation_ids: names("From allocate_resources").min(1),
  }),
  data: { released: "array", user_id: "string" },
  hints: HINTS.ends,
  level: "run",
  run({ user_id, allocation_ids }, { host, caller }) {
    const { resourceManager } = host;
    // Those of others look as if they were not there.
    const held = resourceManager
      .getUserAllocations(user_id)
      .map(({ allocation_id }) => String(allocation_id))
      .filter((id) => resourceManager.getAllocation(id)?.metadata[HOLDER] === caller);
    const own = [...new Set(allocation_ids)].filter((id) => held.includes(id));
    if (own.length === 0) throw notFound(allocation_ids, held);
    resourceManager.deallocateResources(user_id, own);
    return { data: { released: own, user_id } };
  },
});

const notFound = (wanted: readonly string[], held: readonly string[]): OrchestrationError =>
  new OrchestrationError("This user holds none of these allocations", {
    code: "ALLOCATION_NOT_FOUND",
    retryable: false,
    details: { available: held },
    suggestions: didYouMean(nearestNames(wanted[0] ?? "", held)),
  });
