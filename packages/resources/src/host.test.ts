import { describe, expect, it } from "vitest";
import { detectHost, type HostProbe } from "./host.ts";

const GIB = 2 ** 30;
/** A machine with 8 processors and 16 GiB, and these files. */
const aProbe = (files: Record<string, string> = {}, rest: Partial<HostProbe> = {}): HostProbe => ({
  cores: () => 8,
  memoryBytes: () => 16 * GIB,
  freeBytes: () => 50 * GIB,
  read: (path) => files[path] ?? null,
  list: () => [],
  ...rest,
});
const limits = (files: Record<string, string>) => {
  const { cores, memoryGb } = detectHost("/base", aProbe(files));
  return [cores, memoryGb];
};

describe("detecting the host", () => {
  it("is the machine where nothing limits it", () => {
    expect(detectHost("/base", aProbe())).toEqual({ cores: 8, memoryGb: 16, diskGb: 50, networkMbps: null });
  });

  it.each([
    [
      "cgroup 2 in a container",
      {
        "/proc/self/cgroup": "0::/\n",
        "/sys/fs/cgroup/cpu.max": "150000 100000\n",
        "/sys/fs/cgroup/memory.max": `${2 * GIB}\n`,
      },
      [1.5, 2],
    ],
    [
      "cgroup 2 without limits",
      {
        "/proc/self/cgroup": "0::/\n",
        "/sys/fs/cgroup/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/memory.max": "max\n",
      },
      [8, 16],
    ],
    [
      "the tightest of nested cgroups",
      {
        "/proc/self/cgroup": "0::/user.slice/job\n",
        "/sys/fs/cgroup/user.slice/cpu.max": "200000 100000",
        "/sys/fs/cgroup/user.slice/job/cpu.max": "400000 100000",
        "/sys/fs/cgroup/user.slice/job/memory.max": `${GIB}`,
      },
      [2, 1],
    ],
    [
      "cgroup 1",
      {
        "/proc/self/cgroup": "4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n",
        "/sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us": "50000",
        "/sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us": "100000",
        "/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": `${4 * GIB}`,
      },
      [0.5, 4],
    ],
    [
      "cgroup 1 without limits",
      {
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      },
      [8, 16],
    ],
    [
      "garbage",
      { "/proc/self/cgroup": "what\n::", "/sys/fs/cgroup/cpu.max": "x", "/sys/fs/cgroup/memory.max": "" },
      [8, 16],
    ],
  ])("respects %s", (_name, files, expected) => {
    expect(limits(files as Record<string, string>)).toEqual(expected);
  });

  it("knows no disk where it cannot be asked, and the fastest link that is up", () => {
    const files = {
      "/sys/class/net/eth0/operstate": "up\n",
      "/sys/class/net/eth0/speed": "1000\n",
      "/sys/class/net/eth1/operstate": "down\n",
      "/sys/class/net/eth1/speed": "10000\n",
      "/sys/class/net/veth/operstate": "up\n",
      "/sys/class/net/veth/speed": "-1\n",
    };
    const freeBytes = () => {
      throw new Error("ENOENT");
    };
    const probe = aProbe(files, { freeBytes, list: () => ["lo", "eth0", "eth1", "veth"] });
    expect(detectHost("/base", probe)).toMatchObject({ diskGb: null, networkMbps: 1000 });
  });
});
