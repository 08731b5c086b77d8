import type { BlockedTask } from "./blocked-report.ts";
import type { TaskEvent } from "./events.ts";

/** Tasks that can never run any more, and why. */
export type Deadlock = Omit<Extract<TaskEvent, { readonly type: "tasks_deadlocked" }>, "type">;

/** What of a report can never run: whose way leads into a cycle, or to an id that nothing has. Null where all can. O(report) */
export function deadlockOf(report: readonly BlockedTask[]): Deadlock | null {
  const stuck = report.filter(({ reason }) => reason === "cycle" || reason === "missing_dependency");
  if (stuck.length === 0) return null;
  const cycles = new Map<string, readonly string[]>();
  const missing = new Set<string>();
  for (const { reason, path } of stuck) {
    const last = path.at(-1) ?? "";
    if (reason === "missing_dependency") missing.add(last);
    else {
      const cycle = path.slice(path.indexOf(last));
      // Of a way that was cut the cycle is told by one that lies in it.
      if (cycle.length > 1) cycles.set([...new Set(cycle)].sort().join("\n"), cycle);
    }
  }
  missing.delete("…");
  return { task_ids: stuck.map(({ taskId }) => taskId), cycles: [...cycles.values()], missing: [...missing] };
}

/** Tells of deadlocks, each once: as long as the same tasks are stuck, nothing is new. */
export class DeadlockTeller {
  readonly #tell: (event: TaskEvent) => void;
  #known = "";

  constructor(tell: (event: TaskEvent) => void) {
    this.#tell = tell;
  }

  /** This is how the tasks stand that wait, while nothing else goes on. */
  look(report: readonly BlockedTask[]): void {
    const found = deadlockOf(report);
    const now = found === null ? "" : found.task_ids.join("\n");
    if (now === this.#known) return;
    this.#known = now;
    if (found !== null) this.#tell({ type: "tasks_deadlocked", ...found });
  }
}
