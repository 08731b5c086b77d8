import { type Clock, OrchestrationError, type StoreReader, sleep } from "@orch/core";
import { wrongArgument } from "@orch/core/base";
import { instanceLiveness, readInstance, type TaskRuntime } from "@orch/tasks";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import { isQueued } from "./run-places.ts";

/** An owner of which nothing can be known counts as gone after this long without a sign of life. */
const LEASE_MS = 4000;

/** Who has an execution: nobody any more, this process, a process that is gone, or one that lives. */
export type Ownership = "ended" | "own" | "free" | "taken";

/** Whether a record is that of an execution which has ended. */
export const hasEnded = ({ status }: Pick<ExecutionRecord, "status">): boolean =>
  status !== "running" && status !== "pending";

/** Whether an execution is a step of one that has not ended: that one takes it along. */
export const isCarried = ({ parent }: Pick<ExecutionRecord, "parent">, store: StoreReader): boolean =>
  parent !== null && store.get(keys.active(parent.execution_id)) !== undefined;

/** Whether an execution may be taken from the instance that owns it. Takes up to 4 s where only its heartbeat can tell. */
export async function ownershipOf(record: ExecutionRecord, runtime: TaskRuntime): Promise<Ownership> {
  if (hasEnded(record)) return "ended";
  if (record.owner === runtime.instance.id) return "own";
  return (await isGone(record.owner, runtime)) ? "free" : "taken";
}

/** How an execution stands: its status, or why one that has not ended does not go on. */
export type Standing = ExecutionRecord["status"] | "interrupted" | "paused" | "set_aside";

/**
 * How an execution stands, as far as it can be known at once: `interrupted` when its process is gone, `pending` while it waits
 * for its turn in its session. One whose process can
 * only be told by its heartbeat counts as running.
 */
export function standingOf(
  record: ExecutionRecord,
  { store, probe, instance }: Pick<TaskRuntime, "store" | "probe" | "instance">,
): Standing {
  if (hasEnded(record)) return record.status;
  const isWaiting = isQueued(record);
  if (record.parked !== null && !isWaiting) return record.parked.reason === "paused" ? "paused" : "set_aside";
  const status = isWaiting ? "pending" : record.status;
  if (record.owner === instance.id) return status;
  const liveness = instanceLiveness(readInstance(record.owner, store), probe);
  return liveness === "dead" ? "interrupted" : status;
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
  const now = readInstance(owner, store)?.beat;
  // One that takes its record away has left in order.
  return now === undefined || now === before;
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

/** The error for a request to an execution that has ended, or ends. */
export const notRunning = (id: string): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' does not run any more`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id },
    suggestions: [`Look at it with 'orch execution show ${id}'.`],
  });

/** The error for an execution that is to go on otherwise while it runs. */
export const isRunning = (id: string): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' is running: what it runs cannot be changed now`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id },
    suggestions: ["Wait for its end, or cancel it first."],
  });

/** The error for a new execution under an id that another one has. */
export const isTaken = (id: string): OrchestrationError =>
  wrongArgument("executionId", "the id of no execution yet", id);

/** The error for an execution that has nothing left to do. */
export const alreadyCompleted = (id: string): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' has completed: there is nothing to resume`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id, status: "completed" },
    suggestions: [`Look at it with 'orch execution show ${id}', or run the workflow again.`],
  });
