import { type Clock, OrchestrationError, sleep, type StoreReader } from "@orch/core";
import { instanceLiveness, readInstance, type TaskRuntime } from "@orch/tasks";
import { type CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound } from "./errors.ts";
import { type ExecutionRecord, readExecution } from "./execution-record.ts";
import { type LiveExecution, storedExecution } from "./live-execution.ts";

/** An owner of which nothing can be known counts as gone after this long without a sign of life. */
const LEASE_MS = 4000;

/** Whether an execution may be taken from the instance that owns it. */
export type Ownership = "ended" | "own" | "free" | "taken";

/** Who has an execution: nobody any more, this process, a process that is gone, or one that lives. */
export async function ownershipOf(record: ExecutionRecord, runtime: TaskRuntime): Promise<Ownership> {
  if (record.status !== "running" && record.status !== "pending") return "ended";
  if (record.owner === runtime.instance.id) return "own";
  const owner = readInstance(record.owner, runtime.store);
  const liveness = instanceLiveness(owner, runtime.probe);
  if (liveness !== "unknown") return liveness === "dead" ? "free" : "taken";
  return (await isSilent(record.owner, runtime.store, runtime.clock)) ? "free" : "taken";
}

/** Watches the heartbeat on our own clock: those of two machines cannot be compared. */
async function isSilent(owner: string, store: StoreReader, clock: Clock): Promise<boolean> {
  const before = readInstance(owner, store)?.beat;
  await sleep(LEASE_MS, { clock });
  return readInstance(owner, store)?.beat === before;
}

/** The error for an execution that another process runs. */
export function takenError(id: string, record: ExecutionRecord, store: StoreReader): OrchestrationError {
  const pid = readInstance(record.owner, store)?.pid ?? null;
  return new OrchestrationError(`Execution '${id}' is being run by process ${pid ?? "?"}`, {
    code: "STORE_LOCKED",
    details: { execution_id: id, pid, instance: record.owner },
    suggestions: [`Wait for it, or end process ${pid ?? "?"} first.`],
  });
}

/**
 * Reads an execution inside the transaction that takes it over. Throws when it has changed hands since it was looked at,
 * so that two processes that resume it at once cannot both have it.
 */
export function loadForTakeOver(id: string, seen: ExecutionRecord, compiled: CompiledWorkflow, store: StoreReader): LiveExecution {
  const record = readExecution(id, store);
  if (record === null) throw executionNotFound(id);
  if (record.epoch !== seen.epoch || record.status !== seen.status) throw takenError(id, record, store);
  const again = record.status !== "running" && record.status !== "pending";
  return storedExecution(id, record, compiled, store, again);
}
