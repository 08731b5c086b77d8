import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordedIn } from "./recorded.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-sessions-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

const seats = (amount: number) => [{ type: "custom" as const, identifier: "seat", amount }];

function withSeats(options: Parameters<typeof recordedIn>[1] = {}) {
  const rig = recordedIn(baseDir, { maxWorkers: 8, ...options });
  rig.engine.resourceManager.addResource({ id: "seat", type: "custom", capacity: { units: 4 } });
  const slow = (name: string, amount: number, sessionId?: string) => {
    const task = { module: "rec", action: "slow", parameters: { name }, resources: seats(amount) };
    return rig.engine.executeTask(task, sessionId === undefined ? {} : sessionId);
  };
  const quiet = async () => {
    for (let turn = 0; turn < 10; turn++) await setImmediate();
  };
  return { ...rig, slow, quiet };
}

describe("what a session requires", () => {
  it("serves its own work, and no more of it at once than it has", async () => {
    const rig = withSeats();
    await using engine = rig.engine;
    const id = engine.createSession("alice", { resourceRequirements: { seat: 4 } });
    const first = [rig.slow("a", 3, id), rig.slow("b", 1, id), rig.slow("c", 2, id)];
    await rig.whenBegun(2);
    const other = rig.slow("other", 1);
    await rig.quiet();
    expect(rig.began).toEqual(["a", "b"]);
    rig.open();
    await rig.whenBegun(3);
    await rig.quiet();
    expect(rig.began).toEqual(["a", "b", "c"]);
    rig.open();
    await Promise.all(first);
    engine.closeSession(id);
    await rig.whenBegun(4);
    rig.open();
    expect((await other).success).toBe(true);
    expect(engine.resourceManager.getAvailableCapacity("seat")).toBe(4);
  });

  it("is used first by what needs more than that: the rest comes from what is left", async () => {
    const rig = withSeats();
    await using engine = rig.engine;
    const id = engine.createSession("alice", { resourceRequirements: { seat: 2 } });
    const work = rig.slow("a", 4, id);
    await rig.whenBegun(1);
    expect(engine.resourceManager.getAvailableCapacity("seat")).toBe(0);
    rig.open();
    expect((await work).success).toBe(true);
    expect(await rig.slow("b", 5, id)).toMatchObject({ success: false });
  });

  it("serves steps by their type, also of a run that another process has taken over", async () => {
    const gpus = { id: "gpus", type: "gpu", capacity: { units: 1 } } as const;
    const before = recordedIn(baseDir, { persist: true });
    before.engine.resourceManager.addResource(gpus);
    const step = { name: "a", module: "rec", action: "slow", parameters: { name: "a" } };
    const resources = [{ type: "gpu", amount: 1 } as const];
    before.engine.workflowManager.createWorkflow("w", [{ ...step, resources }], false);
    const sessionId = before.engine.createSession("alice", { resourceRequirements: { gpu: 1 } });
    const run = before.engine.executeWorkflow("w", {}, sessionId);
    await before.whenBegun(1);
    await before.engine.shutdown();
    expect((await run).success).toBe(false);
    const rig = recordedIn(baseDir, { persist: true });
    await using engine = rig.engine;
    engine.resourceManager.addResource(gpus);
    const { resumed } = await engine.recover();
    await rig.whenBegun(1);
    rig.open();
    expect((await engine.workflowManager.waitForExecution(resumed[0] ?? ""))?.success).toBe(true);
    engine.closeSession(sessionId);
    expect(engine.resourceManager.getAvailableCapacity("gpus")).toBe(1);
  });
});

describe("a task that waits in a paused session", () => {
  it("says so", async () => {
    const rig = recordedIn(baseDir);
    await using engine = rig.engine;
    const sessionId = engine.createSession("alice", { maxParallelTasks: 1 });
    const [, id] = ["a", "b"].map((name) =>
      engine.submitTask({ module: "rec", action: "slow", parameters: { name }, sessionId }),
    );
    await rig.whenBegun(1);
    engine.pauseSession(sessionId);
    rig.open();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    expect(JSON.stringify(engine.taskOrchestrator.why(id ?? "")?.causes)).toContain(
      `orch:session_tasks:${sessionId}`,
    );
    engine.resumeSession(sessionId);
    await rig.whenBegun(2);
    rig.open();
    expect(await engine.taskOrchestrator.waitForCompletion()).toBe(true);
  });
});
