import { readdirSync, readFileSync } from "node:fs";
import { startTimeOf } from "./process-stat.ts";

/** A process, told from a later one with its pid. */
export interface KnownProcess {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * The processes that `root` has started, and those that they have, as long as their parents live: one whose parent has ended
 * belongs to nobody. Empty where the system does not tell (other than Linux).
 */
export function descendantsOf(root: number): KnownProcess[] {
  const found: KnownProcess[] = [];
  const pids = [root];
  // A loop over an array also visits what is pushed on the way.
  for (const parent of pids) {
    for (const pid of childrenOf(parent)) {
      const startTime = startTimeOf(pid);
      if (startTime === null || startTime === "gone") continue;
      found.push({ pid, startTime });
      pids.push(pid);
    }
  }
  return found;
}

/** Whether it runs, under its own pid. */
export const runs = ({ pid, startTime }: KnownProcess): boolean => startTimeOf(pid) === startTime;

/** See proc_tid_children(5): by thread, since each has the children that it started. */
function childrenOf(pid: number): number[] {
  try {
    const tasks = `/proc/${pid}/task`;
    return readdirSync(tasks).flatMap((thread) =>
      (readFileSync(`${tasks}/${thread}/children`, "latin1").match(/\d+/g) ?? []).map(Number),
    );
  } catch {
    return [];
  }
}
