import { readFileSync } from "node:fs";

/** When a process started, null where the system does not say; "gone" for a zombie, which runs no code any more and only waits for its parent to notice. */
export function startTimeOf(pid: number): string | null {
  try {
    const fields = statOf(pid);
    return fields[0] === "Z" || fields[0] === "X" ? "gone" : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** /proc/<pid>/stat (proc_pid_stat(5)) from field 3, the state, on; the name in field 2 may hold blanks and brackets. */
export function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
