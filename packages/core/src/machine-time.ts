/**
 * The clock of the machine since its boot, where the system says which boot that is (Linux): two processes with the same
 * `boot` read the same clock, which nobody can set. `aheadMs`: how much it is ahead of `monotonicMs`. Else `null`.
 */
export function machineTime(monotonicMs: () => number): { boot: string; aheadMs: number } | null {
  try {
    // Not imported, since the root of the package runs elsewhere than in Node, too.
    const { readFileSync, readlinkSync } = process.getBuiltinModule("node:fs");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // A time namespace has a clock of its own (time_namespaces(7)).
    const space = readlinkSync("/proc/self/ns/time");
    return { boot: `${boot} ${space}`, aheadMs: Number(process.hrtime.bigint()) / 1e6 - monotonicMs() };
  } catch {
    return null;
  }
}
