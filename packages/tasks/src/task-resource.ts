import { dataClass } from "@orch/core";
import type { Demand, DemandPart } from "@orch/resources";
import { RESOURCE_TYPES, resourceName } from "@orch/resources";
import { z } from "zod";

const taskResourceSchema = z.object({
  type: z.enum(RESOURCE_TYPES),
  /** Id of a resource, or any name that does not begin with `orch:`: then it is a plain lock. */
  identifier: resourceName.optional(),
  mode: z.enum(["read", "write", "exclusive"]).default("read"),
  amount: z.number().positive().optional(),
  /** How long the task may wait for it. */
  timeoutMs: z.number().positive().nullable().default(null),
});

/** Something that a task needs while it runs: a share of a resource, or a lock on a name. */
export class TaskResource extends dataClass(taskResourceSchema, {
  name: "TaskResource",
  aliases: {
    resourceType: "type",
    resource_type: "type",
    resourceId: "identifier",
    resource_id: "identifier",
  },
}) {}

/** The demand of all of a task's resources, or null when there are none. */
export function demandOf(resources: readonly TaskResource[]): Demand | null {
  return resources.length === 0 ? null : resources.map(partOf);
}

/** How long a task may wait for its resources, milliseconds: the shortest of their limits, or null without any. */
export function waitTimeoutOf(resources: readonly TaskResource[]): number | null {
  if (resources.length === 0) return null;
  const limits = resources.flatMap(({ timeoutMs }) => timeoutMs ?? []);
  return limits.length === 0 ? null : Math.min(...limits);
}

function partOf({ type, identifier, mode, amount }: TaskResource): DemandPart {
  if (identifier === undefined) return { type, amounts: amount ?? 1 };
  return amount === undefined
    ? { resource: identifier, mode }
    : { resource: identifier, mode, amounts: amount };
}
