import { isObject } from "@orch/core";
import type { Usage } from "./failure.ts";
import { addUsage, type LiveTask } from "./live-task.ts";
import type { Turn } from "./turn.ts";

/** What an attempt has used whose task had ended before: counted, also in the task's record where that is still there. */
export function countLateUsage(task: LiveTask, used: Usage, turn: Turn): void {
  const usage = addUsage(task, used);
  const { spec, owner, isUnsaved, attempt, endedAt } = task;
  // One that ended in this turn has its record still to come.
  if (owner.isVolatile || isUnsaved) return;
  const record = turn.writes.has(spec.key) ? turn.writes.get(spec.key) : turn.store.get(spec.key);
  // It may be deleted, or that of a later life of the task.
  if (!isObject(record) || record["attempt"] !== attempt || record["ended_at"] !== endedAt) return;
  turn.put(spec.key, { ...record, usage: { cpu_ms: usage.cpuMs, peak_bytes: usage.peakBytes } });
}
