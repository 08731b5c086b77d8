import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import type { TaskInit } from "./task.ts";

/** A rig, and a task of it whose code runs. */
async function running(init: Partial<TaskInit>) {
  const rig = new OrchestratorRig();
  rig.orchestrator.submitTask(rig.task("slow", { id: "t", name: "t", ...init }));
  await rig.settle();
  const why = () => rig.orchestrator.why("t");
  return { rig, why, reasons: () => why()?.causes.map(({ reason }) => reason) };
}

describe("why, from the call that submits a task until its code has stopped", () => {
  it("says of a task that waits for others that nothing was started, too", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.addTask(rig.task("ok", { id: "t", name: "t", dependencies: ["d"] }));
    rig.orchestrator.addTask(rig.task("bad", { id: "r", name: "r", maxRetries: 1 }));
    await rig.settle();
    const reasons = (id: string) => rig.orchestrator.why(id)?.causes.map(({ reason }) => reason);
    expect(reasons("t")).toEqual(["not_started", "missing_dependency"]);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect([reasons("t"), reasons("r")]).toEqual([["missing_dependency"], ["retry"]]);
    await rig.orchestrator.stopExecution({ timeoutMs: 0 });
    await rig.settle();
    expect([reasons("t"), reasons("r")]).toEqual([
      ["not_started", "missing_dependency"],
      ["not_started", "retry"],
    ]);
    rig.orchestrator.addTask(rig.task("ok", { id: "d" }));
    await rig.settle();
    expect(rig.called).toEqual(["r"]);
    rig.orchestrator.startExecution();
    await rig.settle();
    expect(rig.called).toContain("t");
  });

  it("says that a task has just been submitted, and what it depends on as far as is known", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.submitTask(rig.task("slow", { id: "runs" }));
    rig.orchestrator.submitTask(rig.task("ok", { id: "over", name: "over" }));
    await rig.settle();
    rig.orchestrator.submitTask(rig.task("ok", { id: "u" }));
    rig.orchestrator.submitTask(
      rig.task("ok", { id: "t", name: "t", dependencies: ["over", "runs", "u", "gone"] }),
    );
    const why = () => rig.orchestrator.why("t");
    expect(rig.orchestrator.getTaskStatus("t")).toBe("pending");
    expect(why()).toMatchObject({
      status: "pending",
      causes: [
        { reason: "submitted" },
        { reason: "dependency", task_id: "runs", causes: [{ reason: "running" }] },
        { reason: "dependency", task_id: "u", causes: [{ reason: "submitted" }] },
        { reason: "missing_dependency", task_id: "gone" },
      ],
    });
    expect(rig.orchestrator.getBlockedReport()).toEqual([]);
    await rig.settle();
    expect(why()?.causes).toMatchObject([{ task_id: "runs" }, { task_id: "gone" }]);
    await rig.finishAll();
  });

  it("does not miss a dependency that was submitted just now", async () => {
    const rig = new OrchestratorRig();
    rig.orchestrator.submitTask(rig.task("ok", { id: "t", dependencies: ["d"] }));
    await rig.settle();
    rig.orchestrator.submitTask(rig.task("ok", { id: "d" }));
    expect(rig.orchestrator.why("t")?.causes).toMatchObject([
      { reason: "dependency", task_id: "d", status: "pending", causes: [{ reason: "submitted" }] },
    ]);
  });

  it.each([
    [1, ["draining"]],
    [0, ["ended", "draining"]],
  ])("says that code is past its time, with %i retries left", async (maxRetries, expected) => {
    const { rig, why, reasons } = await running({ timeoutMs: 1000, maxRetries });
    expect(reasons()).toEqual(["running"]);
    rig.clock.advance(1000);
    await rig.settle();
    expect(reasons()).toEqual(expected);
    expect(why()?.causes.at(-1)).toMatchObject({
      attempt: 1,
      message: "Attempt 1 is past its time, and its code has not stopped",
    });
    await rig.finish();
    expect(reasons()).toEqual([maxRetries > 0 ? "retry" : "ended"]);
  });
});
