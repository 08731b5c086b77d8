import { failureOf } from "@orch/tasks";
import { describe, expect, it } from "vitest";
import type { FailureMode } from "./failure-mode.ts";
import { Run } from "./run.ts";
import type { StepEnd } from "./run-change.ts";
import { compileDefinition } from "./workflow-library.ts";

const completed = (output: StepEnd["output"] = null): StepEnd => ({
  status: "completed",
  output,
  failure: null,
});
const failed: StepEnd = { status: "failed", output: null, failure: failureOf(new Error("boom!")) };

/** A run of steps written as `name: what it depends on`. */
function aRun(
  steps: Readonly<Record<string, readonly string[]>>,
  onFailure: FailureMode = "skip_dependents",
): Run {
  const compiled = compileDefinition({
    name: "w",
    steps: Object.entries(steps).map(([name, dependencies]) => ({
      name,
      module: "m",
      action: "a",
      dependencies,
    })),
  });
  return new Run({ compiled, parameters: {}, onFailure });
}
const nodesOf = (list: readonly { readonly node: number }[]): number[] => list.map(({ node }) => node);

describe("a run", () => {
  it("gives out what became ready together in definition order", () => {
    const run = aRun({ c: ["x"], b: ["x"], x: [], a: ["x"] });
    expect(nodesOf(run.begin().start)).toEqual([2]);
    expect(nodesOf(run.stepEnded(2, completed()).start)).toEqual([0, 1, 3]);
  });

  it("takes back with a stop what was given out and has not begun, and lets the rest go on", () => {
    const run = aRun({ a: [], b: [], c: [] }, "stop");
    run.begin();
    run.stepBegan(0);
    run.stepBegan(1);
    const change = run.stepEnded(0, failed);
    expect([change.start, nodesOf(change.ended), change.cancelRunning]).toEqual([[], [2], null]);
    expect(run.done).toBe(false);
    run.stepEnded(1, completed());
    expect([run.done, run.end()]).toEqual([
      true,
      {
        status: "failed",
        errors: ["Step a failed: boom!"],
        warnings: [],
        errorCode: "TASK_EXECUTION_FAILED",
      },
    ]);
  });

  it("says once why what runs is to be cancelled", () => {
    const run = aRun({ a: [], b: [], c: [] }, "cancel");
    run.begin();
    for (const node of [0, 1, 2]) run.stepBegan(node);
    expect(run.stepEnded(0, failed).cancelRunning).toMatchObject({
      code: "CANCELLED",
      message: "Cancelled, because step 'a' failed",
    });
    expect(run.stepEnded(1, { ...failed, status: "cancelled" }).cancelRunning).toBeNull();
  });

  it("keeps the errors of its steps when it is cancelled later", () => {
    const run = aRun({ a: [], b: [] });
    run.begin();
    run.stepBegan(1);
    run.stepEnded(0, failed);
    const failure = failureOf(new Error("enough"));
    expect(run.cancel(failure, "cancelled")).toMatchObject({ start: [], ended: [], cancelRunning: failure });
    run.stepEnded(1, { status: "cancelled", output: null, failure });
    expect(run.end()).toEqual({
      status: "cancelled",
      errors: ["enough", "Step a failed: boom!"],
      warnings: [],
      errorCode: "TASK_EXECUTION_FAILED",
    });
  });

  it("shows a step to others by what it came to", () => {
    const run = aRun({ a: [], b: [] });
    run.begin();
    run.stepEnded(0, completed({ x: 1 }));
    run.stepEnded(1, failed);
    expect(run.viewOf(0)).toEqual({ output: { x: 1 }, status: "completed", success: true, error: null });
    expect(run.viewOf(1)).toEqual({ output: null, status: "failed", success: false, error: "boom!" });
    expect(run.results()).toEqual({ a: { x: 1 } });
  });
});
