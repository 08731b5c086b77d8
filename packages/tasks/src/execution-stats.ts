import type { BookEntry } from "./book-entry.ts";
import type { LiveTask } from "./live-task.ts";
import type { TaskResult } from "./task-result.ts";
import { isTerminalStatus, TaskStatus } from "./task-status.ts";

/** Counts of tasks and times, as plain data. Times in seconds. */
export interface ExecutionStats extends Readonly<Record<TaskStatus, number>> {
  readonly total_tasks: number;
  /** Of all attempts of the tasks that have ended. */
  readonly total_execution_time: number;
  /** The same per task that was started and has ended. */
  readonly average_execution_time: number;
  /** Processor time of their attempts in threads and processes. */
  readonly total_cpu_time: number;
  /** The highest peak of an attempt in a process, bytes. */
  readonly peak_memory_usage: number;
  /** Completed of those that completed, failed or timed out; 1 when there are none. */
  readonly success_rate: number;
}

/** What is counted of a task. */
interface Counted {
  readonly live: Pick<LiveTask, "attempt" | "executionMs" | "usage">;
}

/** The figures of tasks whose results are at hand. O(tasks). */
export function statsOfResults(results: Iterable<TaskResult>): ExecutionStats {
  const tally = new TaskTally();
  for (const { status, attempts, executionTimeMs, cpuTimeMs, memoryUsage } of results) {
    const usage = { cpuMs: cpuTimeMs, peakBytes: memoryUsage };
    tally.add({ live: { attempt: attempts, executionMs: executionTimeMs, usage } }, status);
  }
  return tally.stats();
}

/** Counts tasks, also those that were forgotten since. */
export class TaskTally {
  readonly #counts: Record<TaskStatus, number>;
  #executionMs = 0;
  #executed = 0;
  #cpuMs = 0;
  #peakBytes = 0;

  constructor() {
    const statuses = Object.values(TaskStatus).map((status) => [status, 0] as const);
    this.#counts = Object.fromEntries(statuses) as Record<TaskStatus, number>;
  }

  /** Counts a task that callers see in this status. */
  add({ live }: Counted, status: TaskStatus): void {
    this.#counts[status]++;
    if (!isTerminalStatus(status) || live.attempt === 0) return;
    this.#executed++;
    this.#executionMs += live.executionMs;
    this.#cpuMs += live.usage?.cpuMs ?? 0;
    this.#peakBytes = Math.max(this.#peakBytes, live.usage?.peakBytes ?? 0);
  }

  /** The figures of what was counted here and of `tasks`, seen as `statusOf` says. O(tasks). */
  with(tasks: Iterable<BookEntry>, statusOf: (task: BookEntry) => TaskStatus): ExecutionStats {
    const all = new TaskTally();
    Object.assign(all.#counts, this.#counts);
    [all.#executionMs, all.#executed] = [this.#executionMs, this.#executed];
    [all.#cpuMs, all.#peakBytes] = [this.#cpuMs, this.#peakBytes];
    for (const task of tasks) all.add(task, statusOf(task));
    return all.stats();
  }

  /** The figures of what was counted here. */
  stats(): ExecutionStats {
    const counts = this.#counts;
    const ended = counts.completed + counts.failed + counts.timeout;
    return {
      ...counts,
      total_tasks: Object.values(counts).reduce((sum, count) => sum + count, 0),
      total_execution_time: this.#executionMs / 1000,
      average_execution_time: this.#executed === 0 ? 0 : this.#executionMs / 1000 / this.#executed,
      total_cpu_time: this.#cpuMs / 1000,
      peak_memory_usage: this.#peakBytes,
      success_rate: ended === 0 ? 1 : counts.completed / ended,
    };
  }
}
