import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path/posix";

/** What the machine (or the container) has. */
export interface HostFacts {
  /** Processors that this process may use; a fraction where a container is limited to one. */
  readonly cores: number;
  /** Memory that this process may use, in GiB, rounded down to hundredths. */
  readonly memoryGb: number;
  /** Free space on the file system of the base directory, in GiB, rounded down to hundredths; `null` when unknown. */
  readonly diskGb: number | null;
  /** Speed of the fastest network link that is up, or `null` when unknown. */
  readonly networkMbps: number | null;
}

/** How the machine is looked at; given to tests. */
export interface HostProbe {
  readonly cores: () => number;
  readonly memoryBytes: () => number;
  /** Free bytes for this user on the file system of `path`; throws when there is none. */
  readonly freeBytes: (path: string) => number;
  /** The text of a file, or `null` when it cannot be read. */
  readonly read: (path: string) => string | null;
  /** The names in a folder, `[]` when it cannot be read. */
  readonly list: (path: string) => string[];
}

const GIB = 2 ** 30;
const CGROUPS = "/sys/fs/cgroup";
const LINKS = "/sys/class/net";

/** The real machine. */
const systemProbe: HostProbe = {
  cores: availableParallelism,
  memoryBytes: totalmem,
  freeBytes: (path) => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return null;
    }
  },
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
};

/** What this process may use: the machine, or less where a cgroup (version 1 or 2) limits it. Never throws. */
export function detectHost(baseDir: string, probe: HostProbe = systemProbe): HostFacts {
  const folders = cgroupFolders(probe);
  const cores = Math.min(probe.cores(), ...folders.map((folder) => coreLimit(folder, probe)));
  const bytes = Math.min(probe.memoryBytes(), ...folders.map((folder) => memoryLimit(folder, probe)));
  return {
    cores: Math.max(0.01, hundredths(cores)),
    memoryGb: Math.max(0.01, hundredths(bytes / GIB)),
    diskGb: freeDisk(baseDir, probe),
    networkMbps: linkSpeed(probe),
  };
}

const hundredths = (value: number): number => Math.floor(value * 100 + 1e-6) / 100;

/**
 * The folders whose limits hold for this process: its own cgroup and all above it. Inside a container the paths of
 * /proc/self/cgroup may not exist; then the root of the mount is the container's own.
 */
function cgroupFolders({ read }: HostProbe): string[] {
  const folders = new Set<string>([CGROUPS, join(CGROUPS, "cpu"), join(CGROUPS, "memory")]);
  for (const line of read("/proc/self/cgroup")?.split("\n") ?? []) {
    const [, controllers, path] = line.split(":");
    if (controllers === undefined || path === undefined) continue;
    const roots = controllers === "" ? [CGROUPS] : controllers.split(",").map((name) => join(CGROUPS, name));
    for (const root of roots) {
      for (let at = path; at !== "/" && at.startsWith("/"); at = dirname(at)) folders.add(join(root, at));
      folders.add(root);
    }
  }
  return [...folders];
}

function coreLimit(folder: string, { read }: HostProbe): number {
  const [quota, period] = read(join(folder, "cpu.max"))?.trim().split(" ") ?? [];
  return (
    positive(Number(quota) / Number(period)) ??
    positive(
      Number(read(join(folder, "cpu.cfs_quota_us"))) / Number(read(join(folder, "cpu.cfs_period_us"))),
    ) ??
    Number.POSITIVE_INFINITY
  );
}

function memoryLimit(folder: string, { read }: HostProbe): number {
  return (
    positive(Number(read(join(folder, "memory.max")) ?? Number.NaN)) ??
    positive(Number(read(join(folder, "memory.limit_in_bytes")) ?? Number.NaN)) ??
    Number.POSITIVE_INFINITY
  );
}

/** A limit that was read; "max", -1 and unreadable files are none. */
const positive = (value: number): number | null => (Number.isFinite(value) && value > 0 ? value : null);

function freeDisk(baseDir: string, probe: HostProbe): number | null {
  try {
    return positive(hundredths(probe.freeBytes(baseDir) / GIB));
  } catch {
    return null;
  }
}

function linkSpeed({ list, read }: HostProbe): number | null {
  const speeds = list(LINKS)
    .filter((link) => link !== "lo" && read(join(LINKS, link, "operstate"))?.trim() === "up")
    .map((link) => positive(Number(read(join(LINKS, link, "speed")) ?? Number.NaN)) ?? 0);
  return positive(Math.max(0, ...speeds));
}
