import type { Requirements } from "@orch/resources";
import type { ToolContext } from "./tool.ts";

/** How long resources are held without a sign of life, and how often one is given: a process that dies gives them back. */
const LEASE_MS = 60_000;
const RENEW_MS = 20_000;

/**
 * Holds resources for as long as `work` goes on, all or none; without requirements nothing is held. Throws
 * RESOURCE_UNAVAILABLE, and what else an allocation throws, before anything has begun.
 */
export async function whileHolding<Result>(
  requirements: Requirements | undefined,
  context: Pick<ToolContext, "host" | "newId" | "clock" | "logger">,
  work: () => Promise<Result>,
): Promise<Result> {
  if (requirements === undefined || Object.keys(requirements).length === 0) return work();
  const { host, newId } = context;
  const holder = `mcp-${newId()}`;
  host.resourceManager.allocateResourcesOrThrow(holder, requirements, { timeoutMs: LEASE_MS });
  using _ = keepLease(holder, context);
  try {
    return await work();
  } finally {
    host.resourceManager.deallocateResources(holder);
  }
}

/** Renews what a holder has, until it is disposed of. */
function keepLease(
  holder: string,
  { host: { resourceManager }, clock, logger }: Pick<ToolContext, "host" | "clock" | "logger">,
): Disposable {
  let undo = () => {};
  const later = () => {
    undo = clock.setTimer(renew, RENEW_MS, { background: true });
  };
  const renew = () => {
    try {
      for (const { allocation_id: id } of resourceManager.getUserAllocations(holder))
        resourceManager.renew(String(id), LEASE_MS);
    } catch (error) {
      // A store that is busy now is not so the next time.
      logger.warn("What a run holds could not be renewed", { error: String(error) });
    }
    later();
  };
  later();
  return { [Symbol.dispose]: () => undo() };
}
