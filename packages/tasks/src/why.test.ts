import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import type { TaskInit } from "./task.ts";

/** A rig, and a task of it that waits. */
async function waiting(
  init: Partial<TaskInit>,
  before: (rig: OrchestratorRig) => void = () => {},
  maxWorkers = 4,
) {
  const rig = new OrchestratorRig({ maxWorkers });
  before(rig);
  const task = rig.task("ok", { id: "t", name: "t", ...init });
  rig.orchestrator.submitTask(task);
  await rig.settle();
  expect(rig.called).not.toContain("t");
  const why = () => rig.orchestrator.why("t");
  const reasons = () => why()?.causes.map(({ reason }) => reason);
  return { rig, task, why, reasons };
}

const cpu = (amount: number) => ({ resources: [{ type: "cpu" as const, amount }] });

describe("why", () => {
  it("names a dependency that is not there; the task starts when it comes", async () => {
    const { rig, task, why } = await waiting({ dependencies: ["d"] });
    expect(why()).toMatchObject({
      status: "blocked",
      causes: [{ reason: "missing_dependency", task_id: "d" }],
    });
    rig.orchestrator.submitTask(rig.task("ok", { id: "d" }));
    await rig.settle();
    expect(task.status).toBe("completed");
    expect(why()?.causes).toMatchObject([{ reason: "ended", status: "completed" }]);
  });

  it("follows a chain of dependencies to what holds it up", async () => {
    const { rig, why, task } = await waiting({ dependencies: ["middle"] }, ({ orchestrator }) => {
      orchestrator.addTask({ id: "middle", module: "rec", action: "ok", dependencies: ["root"] });
      orchestrator.addTask({ id: "root", module: "rec", action: "slow", parameters: { name: "root" } });
    });
    expect(why()?.causes).toMatchObject([
      {
        reason: "dependency",
        task_id: "middle",
        status: "blocked",
        causes: [{ reason: "dependency", task_id: "root", causes: [{ reason: "running", attempt: 1 }] }],
      },
    ]);
    await rig.finish();
    expect(task.status).toBe("completed");
  });

  it("tells what a task waits for once, however many ways lead to it", async () => {
    const rig = new OrchestratorRig();
    const layers = 12;
    for (let layer = 0; layer < layers; layer++)
      for (let at = 0; at < 4; at++)
        rig.orchestrator.addTask(
          rig.task("ok", {
            id: `n${layer}_${at}`,
            dependencies: layer === 0 ? ["root"] : [0, 1, 2, 3].map((each) => `n${layer - 1}_${each}`),
          }),
        );
    rig.orchestrator.submitTask(rig.task("slow", { id: "root", name: "root" }));
    await rig.settle();
    const text = JSON.stringify(rig.orchestrator.why(`n${layers - 1}_0`));
    // One for each dependency of each task: four in each layer but the lowest, whose tasks have one.
    expect(text.match(/"reason":"dependency"/g)).toHaveLength(4 + 16 * (layers - 2) + 4);
    expect(text.match(/"reason":"running"/g)).toHaveLength(1);
    expect(text).toContain("as told before");
    await rig.finishAll();
    await rig.orchestrator.close();
  });

  it("names 256 dependencies and says how many more there are", async () => {
    const dependencies = Array.from({ length: 300 }, (_, n) => `d${n}`);
    const { why } = await waiting({ dependencies });
    const causes = why()?.causes ?? [];
    expect(causes).toHaveLength(257);
    expect(causes.at(-2)).toMatchObject({ reason: "missing_dependency", task_id: "d255" });
    expect(causes.at(-1)).toMatchObject({ reason: "more", count: 44 });
  });

  it("shows the cycle", async () => {
    const { rig, why } = await waiting({ dependencies: ["u"] });
    rig.orchestrator.submitTask(rig.task("ok", { id: "u", dependencies: ["t"] }));
    await rig.settle();
    expect(why()?.causes).toMatchObject([{ reason: "cycle", path: ["t", "u", "t"] }]);
  });

  it("shows what else a task in a cycle waits for, and who is on the cycle with it", async () => {
    const { rig, why } = await waiting({ dependencies: ["u", "gone", "runs"] }, (rig) => {
      rig.orchestrator.submitTask(rig.task("slow", { id: "runs" }));
      rig.orchestrator.submitTask(rig.task("ok", { id: "u", dependencies: ["t", "lost"] }));
    });
    expect(why()?.causes).toMatchObject([
      { reason: "cycle", path: ["t", "u", "t"] },
      { reason: "dependency", task_id: "u", causes: [{ reason: "missing_dependency", task_id: "lost" }] },
      { reason: "missing_dependency", task_id: "gone" },
      { reason: "dependency", task_id: "runs", causes: [{ reason: "running" }] },
    ]);
    await rig.finishAll();
  });

  it("says how much of which resource is short, who holds it and since when; the task is blocked and starts when it is back", async () => {
    const { rig, why, task } = await waiting(cpu(4), (rig) => {
      rig.orchestrator.submitTask(rig.task("slow", { id: "holder", ...cpu(6) }));
    });
    rig.clock.advance(5000);
    const since = rig.orchestrator.getTask("holder")?.startedAt?.toISOString().replace("Z", "+00:00");
    expect(why()).toMatchObject({
      status: "blocked",
      causes: [
        {
          reason: "resources",
          lacks: [
            {
              resource_id: "cpu",
              dimension: "cores",
              wanted: 4,
              available: 2,
              held_by: [{ user_id: "holder", since }],
            },
          ],
        },
      ],
    });
    expect(rig.orchestrator.getTaskStatus("t")).toBe("blocked");
    expect(rig.orchestrator.listTasks("blocked")).toEqual([task]);
    expect(rig.orchestrator.getExecutionStats()).toMatchObject({ blocked: 1, ready: 0, running: 1 });
    await rig.finish();
    expect(task.status).toBe("completed");
  });

  it("says so too of those behind one with the same demand", async () => {
    const { rig, reasons } = await waiting(cpu(4), (rig) => {
      rig.orchestrator.submitTask(rig.task("slow", cpu(6)));
      rig.orchestrator.submitTask(rig.task("slow", { id: "same", ...cpu(4) }));
    });
    expect(reasons()).toEqual(["resources"]);
    expect(rig.orchestrator.getBlockedReport()).toMatchObject([
      { taskId: "same", reason: "resources", path: ["same", "cpu"] },
      { taskId: "t", reason: "resources", path: ["t", "cpu"] },
    ]);
  });

  it("says when enough of a rate is back", async () => {
    const { rig, why, task } = await waiting({ resources: [{ type: "api_quota", amount: 1 }] }, (rig) => {
      rig.ledger.define({
        id: "api",
        type: "api_quota",
        capacity: { requests_per_minute: 2 },
      });
      for (const _ of [1, 2])
        rig.orchestrator.submitTask(rig.task("ok", { resources: [{ type: "api_quota", amount: 1 }] }));
    });
    const [cause] = why()?.causes ?? [];
    const after = cause?.reason === "resources" ? (cause.lacks[0]?.retry_after_ms ?? 0) : 0;
    expect(after).toBeGreaterThan(0);
    rig.clock.advance(Math.ceil(after) + 1);
    await rig.settle();
    expect(task.status).toBe("completed");
  });

  it("says that all workers are taken, and who goes first", async () => {
    const { rig, why } = await waiting(
      { priority: "low" },
      (rig) => {
        rig.orchestrator.submitTask(rig.task("slow"));
        rig.orchestrator.submitTask(rig.task("slow", { id: "urgent", name: "urgent" }));
      },
      1,
    );
    expect(why()).toMatchObject({
      status: "ready",
      causes: [
        { reason: "workers", running: 1, limit: 1 },
        { reason: "priority", ahead: 1, next: "urgent" },
      ],
    });
    await rig.finish();
    expect(why()?.causes).toMatchObject([{ reason: "workers", running: 1, limit: 1 }]);
    await rig.finish();
    expect(rig.called).toContain("t");
  });

  it("says when a retry is due, and why there is one", async () => {
    const rig = new OrchestratorRig({ random: () => 0.5 });
    rig.orchestrator.submitTask(rig.task("bad", { id: "t", name: "t", maxRetries: 1, retryDelayMs: 4000 }));
    await rig.settle();
    expect(rig.orchestrator.why("t")).toMatchObject({
      status: "running",
      causes: [{ reason: "retry", attempt: 2, due_in: 2, error: "bad t" }],
    });
    rig.clock.advance(2000);
    await rig.settle();
    expect(rig.called).toEqual(["t", "t"]);
  });

  it("says that nothing was started, and that the loop has ended", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.addTask(rig.task("ok", { id: "t", name: "t" }));
    await rig.settle();
    expect(rig.orchestrator.why("t")?.causes).toMatchObject([{ reason: "not_started" }]);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect(rig.called).toEqual(["t"]);
    const other = new OrchestratorRig();
    other.orchestrator.submitTask(other.task("slow", { id: "t" }));
    await other.settle();
    const closing = other.orchestrator.close();
    await new Promise(setImmediate);
    other.calls.shift()?.resolve();
    await closing;
    expect(other.orchestrator.why("t")?.causes).toMatchObject([
      { reason: "loop_ended", code: "EXECUTOR_SHUTDOWN" },
    ]);
    expect(other.orchestrator.why("nobody")).toBeNull();
  });

  it("says which process has a task, and what is missing to go on with it", async () => {
    const disk = new SharedDisk();
    const [first, second] = [disk.start(), disk.start()];
    const [one, two] = [new OrchestratorRig(first), new OrchestratorRig(second)];
    one.modules.register("own", "thing", () => new Promise(() => {}));
    one.orchestrator.submitTask({ id: "t", module: "own", action: "thing" });
    await one.settle();
    const why = () => two.orchestrator.why("t");
    expect(why()?.causes).toMatchObject([{ reason: "other_process", pid: 1, alive: "alive" }]);
    first.die();
    expect(why()?.causes).toMatchObject([
      { reason: "other_process", pid: 1, alive: "dead" },
      { reason: "action_not_known", module: "own", action: "thing" },
    ]);
    two.modules.register("own", "thing", () => 1);
    two.orchestrator.startExecution();
    const found = two.orchestrator.recover();
    await two.settle();
    expect((await found).adopted).toEqual(["t"]);
    expect(why()?.causes).toMatchObject([{ reason: "ended", status: "completed" }]);
    await two.orchestrator.close();
  });
});
