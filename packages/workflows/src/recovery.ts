import type { TaskRuntime } from "@orch/tasks";
import { executionNotFound } from "./errors.ts";
import type { ExecutionControl } from "./execution-control.ts";
import { activeExecutions, readExecution } from "./execution-record.ts";
import { alreadyCompleted, hasEnded, isGone, ownershipOf, takenError } from "./take-over.ts";

/** What a recovery has done: ids of executions. */
export interface Recovered {
  readonly resumed: string[];
  /** Those that could not be taken over, such as for a damaged record; they hinder no other. */
  readonly failed: string[];
}

/** Goes on with an execution that was interrupted, failed or cancelled; resolves once it is this process's, on disk. */
export async function resume(
  id: string,
  runtime: TaskRuntime,
  control: ExecutionControl,
  signal?: AbortSignal,
): Promise<void> {
  const record = readExecution(id, runtime.store);
  if (record === null) throw executionNotFound(id);
  if (record.status === "completed") throw alreadyCompleted(id);
  const ownership = await ownershipOf(record, runtime);
  if (ownership === "own") return;
  if (ownership === "taken") throw takenError(id, record, runtime.store);
  await control.takeOver(id, record, ownership === "free" ? record.owner : null, signal);
}

/** Takes over every execution whose process is gone, all at once; the loop bounds how many it takes in a tick. */
export async function recover(runtime: TaskRuntime, control: ExecutionControl): Promise<Recovered> {
  const owners = new Map<string, Promise<boolean>>();
  const ownerIsGone = (owner: string): Promise<boolean> => {
    const known = owners.get(owner) ?? isGone(owner, runtime);
    owners.set(owner, known);
    return known;
  };
  const takeOver = async (id: string): Promise<"resumed" | "left"> => {
    const record = readExecution(id, runtime.store);
    if (record === null) throw executionNotFound(id);
    if (hasEnded(record) || record.owner === runtime.instance.id || !(await ownerIsGone(record.owner)))
      return "left";
    await control.takeOver(id, record, record.owner);
    return "resumed";
  };
  const recovered: Recovered = { resumed: [], failed: [] };
  const ids = activeExecutions(runtime.store);
  const outcomes = await Promise.allSettled(ids.map(takeOver));
  for (const [index, outcome] of outcomes.entries()) {
    const id = ids[index] ?? "";
    if (outcome.status === "fulfilled" && outcome.value === "resumed") recovered.resumed.push(id);
    if (outcome.status !== "rejected") continue;
    recovered.failed.push(id);
    runtime.logger.error(`Execution '${id}' cannot be resumed: ${String(outcome.reason)}`, {
      execution_id: id,
    });
  }
  return recovered;
}
