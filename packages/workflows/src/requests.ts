import { OrchestrationError } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { executionNotFound } from "./errors.ts";
import type { ExecutionControl } from "./execution-control.ts";
import { type ExecutionRecord, readExecution } from "./execution-record.ts";
import { isQueued } from "./run-places.ts";
import { hasEnded, isCarried, notRunning, ownershipOf } from "./take-over.ts";

/**
 * Ends an execution wherever it runs. One whose process is gone is taken over to be ended, so that what it has done is
 * undone where its steps say how.
 */
export async function cancelAnywhere(
  id: string,
  runtime: TaskRuntime,
  control: ExecutionControl,
): Promise<boolean> {
  const record = found(id, runtime);
  if (hasEnded(record)) return false;
  try {
    await control.request(id, { type: "cancel" });
  } catch (error) {
    // It has ended since it was looked at.
    if (error instanceof OrchestrationError && error.code === "INVALID_STATE") return false;
    throw error;
  }
  if (!isCarried(record, runtime.store) && (await ownershipOf(record, runtime)) === "free")
    await control.takeOver(id, record, record.owner);
  return true;
}

/** Pauses an execution wherever it runs; one whose process is gone when that is known is paused when it goes on. */
export async function pause(id: string, runtime: TaskRuntime, control: ExecutionControl): Promise<void> {
  const record = found(id, runtime);
  if (hasEnded(record)) throw notRunning(id);
  if (record.parked === null || isQueued(record)) await control.request(id, { type: "pause" });
}

function found(id: string, { store }: TaskRuntime): ExecutionRecord {
  const record = readExecution(id, store);
  if (record === null) throw executionNotFound(id);
  return record;
}
