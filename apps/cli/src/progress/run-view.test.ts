import type { EngineEvent } from "@orch/engine";
import { describe, expect, it } from "vitest";
import { anEvent, aView, aWorkflow } from "../../test/a-view.ts";
import { RunView } from "./run-view.ts";
import type { StepView } from "./step-view.ts";

const stepOf = (view: RunView, name: string): StepView => {
  const step = view.step(name);
  if (!step) throw new Error(`No step ${name}`);
  return step;
};

describe("RunView", () => {
  it("begins with every step waiting, on the level of its longest way", () => {
    const view = aView({ a: [], b: ["a"], c: ["a", "b"], d: [] });
    expect(view.steps.map(({ name, status, level }) => [name, status, level])).toEqual([
      ["a", "waiting", 0],
      ["b", "waiting", 1],
      ["c", "waiting", 2],
      ["d", "waiting", 0],
    ]);
    expect(view.startedAt).toBe(1000);
  });

  it("follows a step through an attempt that fails, and one that completes", () => {
    const view = aView({ a: [] });
    const step = stepOf(view, "a");
    view.apply(anEvent("step_started", "a", { attempt: 1, at: 1100 }));
    view.apply(anEvent("step_progress", "a", { fraction: 0.5, text: "half" }));
    expect(step).toMatchObject({
      status: "running",
      attempt: 1,
      startedAt: 1100,
      fraction: 0.5,
      note: "half",
    });
    view.apply(anEvent("step_retrying", "a", { attempt: 1, error: "oh", delay_seconds: 2, at: 1200 }));
    expect(step).toMatchObject({
      status: "retrying",
      fraction: null,
      note: "attempt 1 failed, tries again in 2.0 s: oh",
    });
    view.apply(anEvent("step_started", "a", { attempt: 2, at: 3200 }));
    expect(step).toMatchObject({ status: "running", attempt: 2, startedAt: 3200, endedAt: 0, note: "" });
    view.apply(anEvent("step_completed", "a", { attempt: 2, at: 3300 }));
    expect(step).toMatchObject({ status: "completed", endedAt: 3300, note: "" });
    view.apply(anEvent("workflow_completed", "", { status: "completed", at: 3300 }));
    expect(view).toMatchObject({ status: "completed", endedAt: 3300 });
  });

  it.each([
    ["step_failed", { status: "failed", error: "oh" }, "failed", "failed: oh"],
    ["step_failed", { status: "timeout", error: "too slow" }, "timeout", "timed out: too slow"],
    ["step_failed", { status: "cancelled", error: "stop" }, "cancelled", "cancelled: stop"],
    ["step_skipped", { reason: "not wanted" }, "skipped", "skipped: not wanted"],
  ] as const)("says in words how a step ended: %s %j", (type, facts, status, note) => {
    const view = aView({ a: [] });
    view.apply(anEvent(type, "a", facts));
    expect(stepOf(view, "a")).toMatchObject({ status, note });
  });

  it("keeps a fraction between 0 and 1, and takes none from a step that does not run", () => {
    const view = aView({ a: [] });
    view.apply(anEvent("step_progress", "a", { fraction: 0.5, text: "early" }));
    expect(stepOf(view, "a")).toMatchObject({ fraction: null, note: "" });
    view.apply(anEvent("step_started", "a", { attempt: 1 }));
    view.apply(anEvent("step_progress", "a", { fraction: 7, text: "" }));
    expect(stepOf(view, "a").fraction).toBe(1);
  });

  it("knows which dependencies a step still waits for", () => {
    const view = aView({ a: [], b: [], c: ["a", "b"] });
    const waitsFor = () => view.waitsFor(stepOf(view, "c"));
    expect(waitsFor()).toEqual(["a", "b"]);
    view.apply(anEvent("step_started", "a", { attempt: 1 }));
    view.apply(anEvent("step_completed", "b", { attempt: 1 }));
    expect(waitsFor()).toEqual(["a"]);
  });

  it("takes in nothing of other runs, nor of steps that it does not know", () => {
    const view = aView({ a: [] });
    expect(
      view.apply({ ...anEvent("step_started", "a", { attempt: 1 }), execution_id: "run-2" } as never),
    ).toBe(false);
    expect(view.apply(anEvent("step_started", "z", { attempt: 1 }))).toBe(true);
    expect(view.steps.map(({ status }) => status)).toEqual(["waiting"]);
  });

  it("keeps what has completed when the run goes on", () => {
    const view = aView({ a: [], b: ["a"] });
    view.apply(anEvent("step_started", "a", { attempt: 1 }));
    view.apply(anEvent("step_completed", "a", { attempt: 1, at: 2000 }));
    view.apply(anEvent("step_started", "b", { attempt: 1 }));
    view.apply(anEvent("workflow_completed", "", { status: "cancelled", at: 2100 }));
    view.reopen();
    expect(view).toMatchObject({ status: "", endedAt: 0 });
    expect(view.steps.map(({ status, attempt }) => [status, attempt])).toEqual([
      ["completed", 1],
      ["waiting", 1],
    ]);
  });

  it("knows which steps were undone; those are to come again when the run goes on", () => {
    const view = aView({ a: [], b: [] });
    for (const name of ["a", "b"]) {
      view.apply(anEvent("step_started", name, { attempt: 1 }));
      view.apply(anEvent("step_completed", name, { attempt: 1, execution_time: 1 }));
    }
    view.apply(anEvent("undo_completed", "a", { attempt: 1, execution_time: 1 }));
    expect(view.steps.map(({ isUndone }) => isUndone)).toEqual([true, false]);
    view.reopen();
    expect(view.steps.map(({ status, isUndone }) => [status, isUndone])).toEqual([
      ["waiting", false],
      ["completed", false],
    ]);
  });
});

describe("a run inside of another", () => {
  const started = (execution_id: string, sequence: number, more: object = {}) =>
    anEvent("workflow_started", "", { execution_id, sequence, ...more });
  const waiting = anEvent("step_waiting", "a", { kind: "workflow.run", child_execution_id: "child" });

  /** A view of `a`, inside of which `x` runs; `stored` is what the store has of that. */
  function withStored(...stored: EngineEvent[]): RunView {
    const runs = {
      definitionOf: (id: string) => (id === "child" ? aWorkflow({ x: [] }) : null),
      storedEvents: (_: string, after: number) =>
        stored.filter((event) => "sequence" in event && event.sequence > after),
    };
    const view = new RunView(aWorkflow({ a: [] }), runs);
    view.executionId = "run-1";
    return view;
  }

  it("takes in what it has missed before the first event that it is told, and nothing twice", () => {
    const at = (sequence: number) => ({ execution_id: "child", sequence, attempt: 1, at: sequence * 1000 });
    const begun = anEvent("step_started", "x", at(2));
    const done = anEvent("step_completed", "x", { ...at(3), execution_time: 1 });
    const view = withStored(started("child", 1), begun, done);
    expect(view.apply(begun)).toBe(false);
    view.apply(waiting);
    const inner = view.step("a")?.inner;
    expect(inner?.step("x")?.status).toBe("waiting");
    expect(view.apply(done)).toBe(true);
    expect(inner?.step("x")).toMatchObject({ status: "completed", startedAt: 2000, endedAt: 3000 });
    view.apply(begun);
    expect(inner?.step("x")?.status).toBe("completed");
  });

  it("is complete when it catches up, and opens again when it goes on", () => {
    const failed = { execution_id: "child", sequence: 2, status: "failed", error: "oh", attempt: 1 };
    const ended = { execution_id: "child", sequence: 3, status: "failed" };
    const view = withStored(
      started("child", 1),
      anEvent("step_failed", "x", failed),
      anEvent("workflow_completed", "", ended),
    );
    view.apply(waiting);
    view.catchUp();
    const inner = view.step("a")?.inner;
    expect(inner).toMatchObject({ status: "failed", path: "a › " });
    expect(inner?.step("x")?.status).toBe("failed");
    view.apply(started("child", 4, { resumed: true }));
    expect(inner?.status).toBe("");
    expect(inner?.step("x")?.status).toBe("waiting");
  });

  it("is none where its definition is not stored any more", () => {
    const view = withStored();
    view.apply(anEvent("step_waiting", "a", { kind: "workflow.run", child_execution_id: "gone" }));
    expect(view.step("a")?.inner).toBeNull();
  });
});
