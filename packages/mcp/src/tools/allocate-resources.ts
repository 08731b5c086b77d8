import { z } from "zod";
import { name, requirements, seconds } from "../argument.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Where an allocation says which caller has made it: kept with it, so also after a restart. */
export const HOLDER = "mcp_caller";

/** Takes resources, all or none. */
export const allocateResources = defineTool({
  name: "allocate_resources",
  title: "Allocate resources",
  description: "Allocate system resources, all or none, until release_resources or the end of the lease",
  input: z.strictObject({
    user_id: name("Whom they are for").min(1),
    requirements,
    timeout: seconds("Length of the lease").optional(),
  }),
  data: { allocated: "object", user_id: "string", requirements: "object", allocation_ids: "array" },
  hints: HINTS.adds,
  level: "run",
  run({ user_id, requirements: wanted, timeout }, { host, caller }) {
    const { resourceManager } = host;
    const before = new Set(idsOf(resourceManager.getUserAllocations(user_id)));
    const metadata = { [HOLDER]: caller };
    const options = { metadata, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }) };
    const allocated = resourceManager.allocateResourcesOrThrow(user_id, wanted, options);
    const now = idsOf(resourceManager.getUserAllocations(user_id));
    return {
      data: {
        allocated,
        user_id,
        requirements: wanted,
        allocation_ids: now.filter((id) => !before.has(id)),
      },
    };
  },
});

const idsOf = (allocations: readonly Readonly<Record<string, unknown>>[]): string[] =>
  allocations.map(({ allocation_id }) => String(allocation_id));
