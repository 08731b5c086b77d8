import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** What a program among the fixtures prints, run with these flags of Node. */
export async function outputOf(program: string, ...flags: readonly string[]): Promise<string> {
  const file = join(import.meta.dirname, "fixtures", program);
  const args = ["--conditions=@orch/source", ...flags, file];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

/** Whether a process runs: one that only waits for its parent to notice its end does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Resolves when none of these runs. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await new Promise(setImmediate);
}

/** What this process holds of the system: open files, threads, running children. */
export function held(): { readonly files: number; readonly threads: number; readonly children: number } {
  const children = readdirSync("/proc/self/task")
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" "))
    .filter((pid) => pid !== "" && isRunning(Number(pid)));
  return {
    // The listing itself has one open.
    files: readdirSync("/proc/self/fd").length - 1,
    threads: readdirSync("/proc/self/task").length,
    children: children.length,
  };
}
