import { readdirSync, readFileSync } from "node:fs";
import { MARK_VARIABLE } from "./process-group.ts";
import { startTimeOf, statOf } from "./process-stat.ts";

/** The processes of an attempt, as they are recorded so that somebody else can end them. */
export interface LeftGroup {
  /** The process that leads the group. */
  readonly pid: number;
  /** When it started, so that no later process is taken for it. */
  readonly start_time: string;
  /** The value of a variable in the environment of all of them: never twice the same. */
  readonly mark: string;
}

/**
 * Sends SIGKILL to what still runs of attempts whose engine is dead, and says whether there was anything. Only processes
 * that are theirs for certain are meant: those that bear the mark, and those in the group as long as its leader is the one
 * that was recorded. Linux only; O(processes of the machine).
 */
export function endLeftGroups(groups: readonly LeftGroup[]): boolean {
  let found = false;
  for (const pid of pidsHere()) {
    if (pid === process.pid || !groups.some((group) => isOf(group, pid))) continue;
    found = true;
    kill(pid);
  }
  return found;
}

function isOf({ pid: leader, start_time, mark }: LeftGroup, pid: number): boolean {
  try {
    const [state, , group] = statOf(pid);
    // A zombie runs no more.
    if (state === "Z" || state === "X") return false;
    if (Number(group) === leader && startTimeOf(leader) === start_time) return true;
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${MARK_VARIABLE}=${mark}`);
  } catch {
    // Gone since, or of another user.
    return false;
  }
}

function pidsHere(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone since.
  }
}
