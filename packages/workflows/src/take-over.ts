import { type Clock, OrchestrationError, type StoreReader, sleep } from "@orch/core";
import { instanceLiveness, readInstance, type TaskRuntime } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound } from "./errors.ts";
import { type ExecutionRecord, readExecution, readSteps } from "./execution-record.ts";
import { dueAt, undeclaredWarnings } from "./execution-start.ts";
import { type LiveExecution, liveExecution, type StepDemand } from "./live-execution.ts";
import { lastSequence } from "./stored-events.ts";
import { storedRun } from "./stored-run.ts";

/** An owner of which nothing can be known counts as gone after this long without a sign of life. */
const LEASE_MS = 4000;

/** Who has an execution: nobody any more, this process, a process that is gone, or one that lives. */
export type Ownership = "ended" | "own" | "free" | "taken";

/** Whether a record is that of an execution which has ended. */
export const hasEnded = ({ status }: Pick<ExecutionRecord, "status">): boolean =>
  status !== "running" && status !== "pending";

/** Whether an execution may be taken from the instance that owns it. Takes up to 4 s where only its heartbeat can tell. */
export async function ownershipOf(record: ExecutionRecord, runtime: TaskRuntime): Promise<Ownership> {
  if (hasEnded(record)) return "ended";
  if (record.owner === runtime.instance.id) return "own";
  return (await isGone(record.owner, runtime)) ? "free" : "taken";
}

/** Whether the process of an instance is gone. */
export async function isGone(owner: string, { store, clock, probe }: TaskRuntime): Promise<boolean> {
  const liveness = instanceLiveness(readInstance(owner, store), probe);
  return liveness === "unknown" ? isSilent(owner, store, clock) : liveness === "dead";
}

/** Watches the heartbeat on our own clock: those of two machines cannot be compared. */
async function isSilent(owner: string, store: StoreReader, clock: Clock): Promise<boolean> {
  const before = readInstance(owner, store)?.beat;
  await sleep(LEASE_MS, { clock });
  return readInstance(owner, store)?.beat === before;
}

/**
 * Reads an execution inside the transaction that takes it over. Throws STORE_LOCKED when it has changed hands since it was
 * `seen`, so that two processes that resume it at once cannot both have it.
 */
export function loadForTakeOver(
  id: string,
  seen: ExecutionRecord,
  { compiled, demands }: { readonly compiled: CompiledWorkflow; readonly demands: readonly StepDemand[] },
  { store, at }: { readonly store: StoreReader; readonly at: number },
): LiveExecution {
  const stored = readExecution(id, store);
  if (stored === null) throw executionNotFound(id);
  if (stored.epoch !== seen.epoch || stored.status !== seen.status) throw takenError(id, stored, store);
  const again = hasEnded(stored);
  const record: ExecutionRecord = {
    ...stored,
    status: "running",
    // One that ran out of time gets all of it anew.
    due_at: again ? dueAt(at, stored.options.timeout_ms) : stored.due_at,
    ended_at: null,
    errors: [],
    warnings: undeclaredWarnings(compiled, stored.parameters),
    error_code: null,
  };
  const { run, earlier } = storedRun(id, record, compiled, readSteps(id, store), again);
  return liveExecution({ id, record, run, demands, earlier, sequence: lastSequence(id, store) });
}

/** Whether an execution of `epoch` that `owner` decided to take over was not taken by anybody else since. */
export function isStillOurs(id: string, epoch: number, owner: string, store: StoreReader): boolean {
  const record = readExecution(id, store);
  return record?.epoch === epoch || (record?.epoch === epoch + 1 && record.owner === owner);
}

/** The error for an execution that another process runs. */
export function takenError(id: string, record: ExecutionRecord, store: StoreReader): OrchestrationError {
  const pid = readInstance(record.owner, store)?.pid ?? null;
  const holder = pid === null ? "another process" : `process ${pid}`;
  return new OrchestrationError(`Execution '${id}' is being run by ${holder}`, {
    code: "STORE_LOCKED",
    details: { execution_id: id, pid, instance: record.owner },
    suggestions: [`Wait for it, or end ${holder} first.`],
  });
}

/** The error for an execution whose last run has ended while code of its steps still runs in this process. */
export const stillStopping = (id: string, steps: readonly string[]): OrchestrationError =>
  new OrchestrationError(
    `Execution '${id}' cannot be resumed yet: ${steps.map((step) => `'${step}'`).join(", ")} did not stop so far`,
    {
      code: "INVALID_STATE",
      details: { execution_id: id, steps },
      suggestions: [
        "Resume it when the action has returned, and make the action stop when its signal is aborted.",
      ],
    },
  );

/** The error for an execution that has nothing left to do. */
export const alreadyCompleted = (id: string): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' has completed: there is nothing to resume`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id, status: "completed" },
    suggestions: [`Look at it with 'orch execution show ${id}', or run the workflow again.`],
  });
