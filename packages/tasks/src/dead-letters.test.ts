import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";

/** A rig in which the task `t` has failed for good. */
async function aDeadLetter(rig = new OrchestratorRig()) {
  const init = { id: "t", name: "t", priority: "high", tags: ["x"], metadata: { from: "user" } } as const;
  rig.orchestrator.submitTask(rig.task("bad", { ...init, tags: ["x"], maxRetries: 1, retryDelayMs: 0 }));
  await rig.settle();
  rig.clock.advance(0);
  await rig.settle();
  return { rig, letters: rig.orchestrator.deadLetters };
}

describe("DeadLetters", () => {
  it("holds tasks that used up their retries or ran out of time, and no others", async () => {
    const { rig, letters } = await aDeadLetter();
    rig.orchestrator.submitTask(rig.task("slow", { id: "u", timeoutMs: 100 }));
    rig.orchestrator.submitTask(rig.task("slow", { id: "v" }));
    rig.orchestrator.submitTask(rig.task("ok", { id: "w", dependencies: ["t"] }));
    rig.orchestrator.submitTask(rig.task("ok", { id: "x" }));
    await rig.settle();
    rig.orchestrator.cancelTask("v");
    rig.clock.advance(100);
    await rig.settle();
    expect(["u", "v", "w", "x"].map((id) => rig.orchestrator.getTaskStatus(id))).toEqual([
      "timeout",
      "cancelled",
      "skipped",
      "completed",
    ]);
    expect(letters.list().map(({ task_id, reason, attempts }) => [task_id, reason, attempts])).toEqual([
      ["u", "timeout", 1],
      ["t", "failed", 2],
    ]);
    expect(letters.get("t")).toMatchObject({
      code: "TASK_EXECUTION_FAILED",
      message: "bad t",
      module: "rec",
    });
    expect([letters.get("x"), letters.get("no such id"), letters.get("\n")]).toEqual([null, null, null]);
  });

  it("is listed in pages, the newest first", async () => {
    const rig = new OrchestratorRig();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.unshift(rig.orchestrator.submitTask(rig.task("bad")));
      await rig.settle();
    }
    const { deadLetters } = rig.orchestrator;
    expect(deadLetters.list().map(({ task_id }) => task_id)).toEqual(ids);
    const [, second = ""] = ids;
    expect(deadLetters.list({ limit: 2, after: second }).map(({ task_id }) => task_id)).toEqual(
      ids.slice(2, 4),
    );
  });

  it("submits a task again as it was asked for, with the same key and all its retries", async () => {
    const { rig, letters } = await aDeadLetter();
    const contexts: unknown[] = [];
    rig.modules.register("rec", "bad", (_, { attempt, idempotencyKey }) =>
      contexts.push([attempt, idempotencyKey]),
    );
    const id = letters.retry("t");
    await rig.settle();
    expect(contexts).toEqual([[1, "t"]]);
    expect(rig.orchestrator.getTask(id)).toMatchObject({
      status: "completed",
      priority: "high",
      tags: ["x"],
      metadata: { from: "user", retry_of: "t" },
    });
    expect(letters.list()).toEqual([]);
    expect(rig.orchestrator.getTaskStatus("t")).toBe("failed");
    expect(() => letters.retry("t")).toThrow("There is no dead letter of task 't'");
  });

  it("keeps the key when the next try gives up, too", async () => {
    const { rig, letters } = await aDeadLetter();
    const again = letters.retry("t");
    await rig.settle();
    rig.clock.advance(0);
    await rig.settle();
    expect(letters.list().map(({ task_id }) => task_id)).toEqual([again]);
    expect(rig.orchestrator.runtime.store.get(`tasks/${again}`)).toMatchObject({ idempotency_key: "t" });
  });

  it("lets only one of several tries run, whoever asks for them", async () => {
    const disk = new SharedDisk();
    const { rig, letters } = await aDeadLetter(new OrchestratorRig(disk.start()));
    const other = new OrchestratorRig(disk.start());
    const [first, second] = [letters.retry("t"), letters.retry("t")];
    const third = other.orchestrator.deadLetters.retry("t");
    const called = rig.called.length;
    await rig.settle();
    await other.settle();
    expect(rig.called.length + other.called.length - called).toBe(1);
    expect([second, third].map((id) => other.orchestrator.getTask(id))).toMatchObject([
      { status: "cancelled", error: "Task 't' was submitted again or discarded already" },
      { status: "cancelled", error: "Task 't' was submitted again or discarded already" },
    ]);
    expect(other.orchestrator.getTask(first)?.status).toBe("running");
  });

  it("lets go of what is discarded, not of its record", async () => {
    const { rig, letters } = await aDeadLetter();
    expect([letters.discard("t"), letters.discard("none")]).toEqual([true, false]);
    await rig.settle();
    expect([letters.list(), letters.discard("t")]).toEqual([[], false]);
    expect(rig.orchestrator.getTaskStatus("t")).toBe("failed");
  });
});
