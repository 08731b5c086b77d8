import { memoryStore, newId } from "@orch/core";
import { describe, expect, it } from "vitest";
import { faultyStore, locked } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import { Task } from "./task.ts";
import type { TaskOrchestrator } from "./task-orchestrator.ts";

const inMemory = (orchestrator: TaskOrchestrator) => orchestrator.listTasks().map(({ id }) => id);

/** Runs tasks `t0` and so on, one after the other. */
async function runMany(rig: OrchestratorRig, many: number): Promise<void> {
  for (let n = 0; n < many; n++) {
    rig.orchestrator.submitTask(rig.task("ok", { id: `t${n}`, name: `t${n}` }));
    await rig.settle();
  }
}

describe("tasks that have ended", () => {
  it("leave memory but for the last ones, and stay in the figures", async () => {
    const store = memoryStore();
    const rig = new OrchestratorRig({ store, retention: 3 });
    await runMany(rig, 10);
    expect(inMemory(rig.orchestrator)).toEqual(["t7", "t8", "t9"]);
    expect(store.list("tasks/")).toHaveLength(3);
    expect(rig.orchestrator.getTask("t6")).toBeNull();
    expect(rig.orchestrator.getExecutionStats()).toMatchObject({
      total_tasks: 10,
      completed: 10,
      success_rate: 1,
    });
    expect(await rig.orchestrator.waitForCompletion()).toBe(true);
  });

  it("are read from the store when it is on a disk", async () => {
    const disk = new SharedDisk();
    const rig = new OrchestratorRig({ ...disk.start(), retention: 0 });
    rig.orchestrator.submitTask(
      rig.task("ok", {
        id: "t",
        name: "t",
        parameters: { value: [1] },
        tags: ["x"],
        priority: "high",
        metadata: { a: 1 },
      }),
    );
    await rig.settle();
    expect(inMemory(rig.orchestrator)).toEqual([]);
    expect(rig.orchestrator.getTask("t")).toMatchObject({
      status: "completed",
      priority: "high",
      tags: ["x"],
      metadata: { a: 1 },
      result: { data: [1], attempts: 1, success: true },
    });
    expect(rig.orchestrator.getTaskStatus("t")).toBe("completed");
    expect(await rig.orchestrator.waitForCompletion({ taskIds: ["t"] })).toBe(true);
  });

  it.each(["mine", newId()])("keep the id %s that a caller gave them, in every process", async (id) => {
    const disk = new SharedDisk();
    const [first, other] = [disk.start(), disk.start()].map(
      ({ store, probe }) => new OrchestratorRig({ store, probe, retention: 0 }),
    );
    first?.orchestrator.submitTask({ id, module: "rec", action: "ok" });
    await first?.settle();
    for (const rig of [first, other]) {
      const again = () => rig?.orchestrator.submitTask({ id, module: "rec", action: "ok" });
      expect(again).toThrow(`Task '${id}' exists already`);
      expect(() => rig?.orchestrator.submitTask(new Task({ id, module: "rec", action: "ok" }))).toThrow(
        "exists",
      );
    }
  });

  it("stay as long as a task that has not ended needs their results", async () => {
    const rig = new OrchestratorRig({ retention: 0 });
    rig.orchestrator.submitTask(rig.task("slow", { id: "gate", name: "gate" }));
    rig.orchestrator.submitTask(rig.task("ok", { id: "early", name: "early" }));
    rig.orchestrator.submitTask(
      rig.task("ok", {
        id: "last",
        name: "last",
        dependencies: ["early", "gate"],
        parameters: { value: "${early.result}" },
      }),
    );
    const results: unknown[] = [];
    rig.orchestrator.events.on("task_completed", ({ task_id }) =>
      results.push([task_id, rig.orchestrator.getTaskResult(task_id)?.data]),
    );
    await rig.settle();
    expect(inMemory(rig.orchestrator)).toEqual(["gate", "early", "last"]);
    await rig.finish();
    expect(inMemory(rig.orchestrator)).toEqual([]);
    expect(rig.called).toEqual(["gate", "early", "last"]);
    expect(rig.orchestrator.runtime.store.list("tasks/")).toEqual([]);
  });

  it("can still be depended on when they have left memory", async () => {
    const disk = new SharedDisk();
    const rig = new OrchestratorRig({ ...disk.start(), retention: 0 });
    const first = rig.task("ok", { name: "first", parameters: { value: 5 } });
    const bad = rig.task("bad", { name: "bad" });
    for (const task of [first, bad]) rig.orchestrator.submitTask(task);
    await rig.settle();
    const next = rig.task("ok", { dependencies: [first.id], parameters: { value: "${first.result}" } });
    const skipped = rig.task("ok", { dependencies: [bad.id] });
    for (const task of [next, skipped]) rig.orchestrator.submitTask(task);
    await rig.settle();
    expect([next.result?.data, skipped.status]).toEqual([5, "skipped"]);
  });

  it("are waited for by the thousand without holding up the event loop", async () => {
    const disk = new SharedDisk();
    const rig = new OrchestratorRig({ ...disk.start(), retention: 0 });
    const ids = Array.from({ length: 1000 }, () => rig.orchestrator.submitTask(rig.task("ok")));
    await rig.settle();
    expect(inMemory(rig.orchestrator)).toEqual([]);
    let turns = 0;
    const turn = () => {
      turns += 1;
      if (turns < 3) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await rig.orchestrator.waitForCompletion({ taskIds: ids })).toBe(true);
    expect(turns).toBe(3);
    expect(await rig.orchestrator.waitForCompletion({ taskIds: [...ids, "unknown"] })).toBe(false);
  });

  it("give their result again to who executes them once more", async () => {
    const disk = new SharedDisk();
    const rig = new OrchestratorRig({ ...disk.start(), retention: 0 });
    const task = rig.task("ok", { parameters: { value: 5 } });
    const first = rig.orchestrator.executeTask(task);
    await rig.settle();
    expect(inMemory(rig.orchestrator)).toEqual([]);
    expect((await rig.orchestrator.executeTask(task)).data).toBe((await first).data);
    expect(rig.called).toHaveLength(1);
  });

  it("can be depended on by a task that comes in the moment in which they leave memory", async () => {
    const disk = new SharedDisk();
    const rig = new OrchestratorRig({ ...disk.start(), retention: 0 });
    const first = rig.task("ok", { name: "first", parameters: { value: 5 } });
    const last = rig.task("slow", { name: "last", dependencies: [first.id] });
    for (const task of [first, last]) rig.orchestrator.submitTask(task);
    await rig.settle();
    expect(inMemory(rig.orchestrator)).toEqual([first.id, last.id]);
    rig.orchestrator.cancelTask(last.id);
    const next = rig.task("ok", { dependencies: [first.id], parameters: { value: "${first.result}" } });
    rig.orchestrator.submitTask(next);
    await rig.finishAll();
    expect([next.status, next.result?.data]).toEqual(["completed", 5]);
  });

  it("keep their ids, and can be depended on, however long ago they ended", async () => {
    const disk = new SharedDisk();
    const before = new OrchestratorRig(disk.start());
    before.orchestrator.submitTask(before.task("ok", { id: "price", parameters: { value: "old" } }));
    await before.settle();
    await before.orchestrator.close();
    const rig = new OrchestratorRig(disk.start());
    rig.clock.advance(1000);
    const receipt = rig.task("ok", { dependencies: ["price"], parameters: { value: "${price.result}" } });
    rig.orchestrator.submitTask(receipt);
    expect(() => rig.orchestrator.submitTask(rig.task("ok", { id: "price" }))).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        details: { task_id: "price", status: "completed" },
      }),
    );
    await rig.settle();
    expect(receipt.result?.data).toBe("old");
    expect(rig.orchestrator.getTaskResult("price")?.data).toBe("old");
  });

  it("are gone from a memory store when they are cleared, also where others need them until those have ended", async () => {
    const store = memoryStore();
    const rig = new OrchestratorRig({ store });
    rig.orchestrator.submitTask(rig.task("ok", { id: "done" }));
    rig.orchestrator.submitTask(rig.task("slow", { id: "open", dependencies: ["done"] }));
    await rig.settle();
    expect(rig.orchestrator.clearCompleted()).toBe(1);
    expect(rig.orchestrator.getTask("done")).toBeNull();
    await rig.settle();
    await rig.finish();
    expect(store.list("tasks/").map(([key]) => key)).toEqual(["tasks/open"]);
  });

  it("give their ids to nobody else as long as others need what they have left", async () => {
    const rig = new OrchestratorRig({ store: memoryStore() });
    const again = () =>
      rig.orchestrator.addTask(rig.task("ok", { id: "done", parameters: { value: "new" } }));
    rig.orchestrator.submitTask(rig.task("ok", { id: "done", parameters: { value: "old" } }));
    rig.orchestrator.submitTask(rig.task("slow", { id: "open", dependencies: ["done"] }));
    await rig.settle();
    rig.orchestrator.clearCompleted();
    expect(again).toThrow(expect.objectContaining({ code: "INVALID_PARAMETERS" }));
    expect(Object.values(rig.calls[0]?.context.results ?? {})).toEqual(["old"]);
    await rig.finish();
    expect(again()).toBe("done");
  });

  it("are not cleared while the store has not taken their end: what depends on them runs", async () => {
    const store = faultyStore();
    const rig = new OrchestratorRig({ store });
    rig.orchestrator.submitTask(rig.task("slow", { id: "done" }));
    await rig.settle();
    store.commit.push(locked());
    rig.calls.shift()?.resolve(7);
    await rig.settle();
    expect([rig.orchestrator.runtime.refused, rig.orchestrator.clearCompleted()]).toEqual([true, 0]);
    rig.clock.advance(2);
    await rig.settle();
    const next = rig.task("ok", { dependencies: ["done"] });
    rig.orchestrator.submitTask(next);
    await rig.settle();
    expect(next.status).toBe("completed");
    expect(rig.orchestrator.clearCompleted()).toBe(2);
  });

  it.each([-1, 1.5, Number.NaN])("are not kept %d at a time", (retention) => {
    expect(() => new OrchestratorRig({ retention })).toThrow("retention must be a whole number");
  });
});
