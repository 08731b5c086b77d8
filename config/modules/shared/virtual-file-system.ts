import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** By the number that Linux gives them (statfs(2)). */
const VIRTUAL: ReadonlyMap<number, string> = new Map([
  [0x9f_a0, "proc"],
  [0x62_65_65_72, "sysfs"],
  [0x1c_d1, "devpts"],
  [0x27_e0_eb, "cgroup"],
  [0x63_67_72_70, "cgroup2"],
  [0x64_62_67_20, "debugfs"],
  [0x74_72_61_63, "tracefs"],
  [0x73_63_66_67, "securityfs"],
]);

/**
 * The name of the file system that `path`, or its nearest ancestor that exists, is on where it shows the system instead of
 * keeping files; else null. Making a directory in one may go on for ever instead of failing.
 */
export async function virtualFileSystem(path: string): Promise<string | null> {
  for (let at = path; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => null);
    if (found) return VIRTUAL.get(Number(found.type)) ?? null;
    if (at === dirname(at)) return null;
  }
}
