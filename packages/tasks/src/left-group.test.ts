import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { isRunning, untilGone } from "../test/processes.ts";
import { type InstanceRecord, instanceLiveness } from "./instance.ts";
import { endLeftGroups } from "./left-group.ts";
import { MARK_VARIABLE } from "./process-group.ts";
import { type ProcessProbe, systemProbe } from "./process-identity.ts";
import { startTimeOf } from "./process-stat.ts";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A process that leads a group of its own, and its number. */
function aLeader(mark?: string): number {
  const env = mark === undefined ? {} : { [MARK_VARIABLE]: mark };
  const child = spawn("/bin/sleep", ["1000"], { detached: true, stdio: "ignore", env });
  started.push(child);
  return child.pid ?? 0;
}

const startOf = (pid: number) => startTimeOf(pid) ?? "";

describe.runIf(process.platform === "linux")("what a dead engine has left", () => {
  it("is ended: the group as long as its leader is the one that was recorded", async () => {
    const pid = aLeader();
    expect(endLeftGroups([{ pid, start_time: startOf(pid), mark: "nobody's" }])).toBe(true);
    await untilGone([pid]);
    expect(endLeftGroups([{ pid, start_time: "0", mark: "nobody's" }])).toBe(false);
  });

  it("is ended: whoever bears the mark, in whatever group", async () => {
    const pid = aLeader("the mark");
    expect(endLeftGroups([{ pid: 1, start_time: "0", mark: "the mark" }])).toBe(true);
    await untilGone([pid]);
  });

  it("is never a later process with the same number, nor one with a similar mark", () => {
    const [same, similar] = [aLeader(), aLeader("mark-2")];
    const groups = [
      { pid: same, start_time: `${Number(startOf(same)) - 1}`, mark: "mark" },
      { pid: similar, start_time: "0", mark: "mark" },
      { pid: process.pid, start_time: "0", mark: "other" },
    ];
    expect(endLeftGroups(groups)).toBe(false);
    expect([same, similar].map(isRunning)).toEqual([true, true]);
  });

  it("keeps its engine from counting as dead, on the machine and since the boot that it ran in", async () => {
    const pid = aLeader();
    const probe: ProcessProbe = { ...systemProbe(), liveness: () => "dead" };
    const { bootId, pidNamespace } = probe.self;
    const record: InstanceRecord = {
      ...{ pid: 1, start_time: "0", boot_id: bootId, pid_namespace: pidNamespace, beat: 0, fenced: false },
      groups: [{ pid, start_time: startOf(pid), mark: "nobody's" }],
    };
    expect(instanceLiveness({ ...record, boot_id: "another" }, probe)).toBe("dead");
    expect(instanceLiveness({ ...record, pid_namespace: "another" }, probe)).toBe("dead");
    expect(instanceLiveness(record, { ...probe, liveness: () => "unknown" })).toBe("unknown");
    expect(isRunning(pid)).toBe(true);
    expect(instanceLiveness(record, probe)).toBe("alive");
    await untilGone([pid]);
    expect(instanceLiveness(record, probe)).toBe("dead");
  });
});
