import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import type { Check } from "./check-paths.ts";

const GIBIBYTE = 2 ** 30;
const LEAST_NODE = 24;
const LEAST_FREE_GB = 0.1;

/** What the machine is. */
export interface Machine {
  readonly node: string;
  /** Operating system and processor, such as `linux-x64`. */
  readonly platform: string;
  /** Threads that the machine can run at once. */
  readonly cores: number;
  /** Memory of the machine, in GiB. */
  readonly memory_gb: number;
}

/** The machine that this process runs on. */
export function lookAtMachine(): Machine {
  const memory_gb = roundTenth(totalmem() / GIBIBYTE);
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memory_gb,
  };
}

/** The machine as checks. */
export function checkMachine({ node, platform, cores, memory_gb }: Machine): Check[] {
  const major = Number.parseInt(node.slice(1), 10);
  const nodeOk = major >= LEAST_NODE;
  return [
    nodeOk
      ? { name: "node", ok: true, detail: `Node.js ${node}` }
      : {
          name: "node",
          ok: false,
          detail: `Node.js ${node} is too old`,
          hint: `Install Node.js ${LEAST_NODE} or newer`,
        },
    { name: "platform", ok: true, detail: platform },
    { name: "cores", ok: true, detail: `${cores} ${cores === 1 ? "core" : "cores"}` },
    { name: "memory", ok: true, detail: `${memory_gb} GB` },
  ];
}

/** Free space of the disk that `path`, or its nearest existing ancestor, is on. Little space is a failed check. */
export async function checkDisk(path: string): Promise<Check> {
  let full = resolve(path);
  for (;;) {
    const disk = await statfs(full).catch(() => null);
    if (disk) return spaceOf(disk.bavail * disk.bsize, full);
    const parent = dirname(full);
    if (parent === full) return { name: "disk", ok: true, detail: "free space is not known" };
    full = parent;
  }
}

function spaceOf(bytes: number, where: string): Check {
  const detail = `${roundTenth(bytes / GIBIBYTE)} GB free at ${where}`;
  if (bytes / GIBIBYTE >= LEAST_FREE_GB) return { name: "disk", ok: true, detail };
  return { name: "disk", ok: false, detail, hint: `Free at least ${LEAST_FREE_GB} GB` };
}

const roundTenth = (value: number): number => Math.round(value * 10) / 10;
