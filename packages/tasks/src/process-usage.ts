import { readFileSync } from "node:fs";
import type { Usage } from "./failure.ts";
import { statOf } from "./process-stat.ts";

/** Linux counts processor time for other programs in hundredths of a second, whatever the clock of the kernel. */
const TICK_MS = 10;
/** utime and stime in what `statOf` returns. */
const [USER, SYSTEM] = [11, 12];

/** What a process that runs has used since it was started; null where the system does not tell (other than Linux). */
export function usageOf(pid: number): Usage | null {
  try {
    const fields = statOf(pid);
    const cpuMs = (Number(fields[USER]) + Number(fields[SYSTEM])) * TICK_MS;
    return { cpuMs, peakBytes: peakOf(pid) ?? 0 };
  } catch {
    return null;
  }
}

/** The most memory that a process has held at once since its program began, bytes; null where the system does not tell. */
export function peakOf(pid: number): number | null {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}
