import type { JsonObject } from "@orch/core";
import { toMermaid } from "@orch/dag";
import { describe, expect, it } from "vitest";
import { outlineExecution } from "../src/execution-outline.ts";
import { outlineWorkflow, type WorkflowOutline } from "../src/outline.ts";
import { outlineDiagram, outlineDict } from "../src/outline-diagram.ts";
import { aManager, drive, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  ...rest,
});
const running = (
  name: string,
  workflow: string,
  rest: JsonObject = {},
  more: JsonObject = {},
): JsonObject => ({
  name,
  module: "workflow",
  action: "run",
  parameters: { workflow, ...more },
  ...rest,
});

/** Steps with what is inside of them, and the note of each that has one. */
const shapeOf = ({ steps }: WorkflowOutline): unknown[] =>
  steps.map(({ name, status, note, inner }) => [
    [name, ...(status === null ? [] : [status]), ...(note === "" ? [] : [note])].join(": "),
    ...(inner === null ? [] : shapeOf(inner)),
  ]);

/** A manager with workflows by name. */
function aLibrary(workflows: Readonly<Record<string, readonly JsonObject[]>>) {
  const made = aManager();
  for (const [name, steps] of Object.entries(workflows)) made.manager.createWorkflow(name, steps);
  const outline = (name: string) =>
    outlineWorkflow(made.manager.findWorkflow(name), (each) => made.manager.getCompiled(each));
  return { ...made, outline };
}

describe("the outline of a definition", () => {
  it("has the steps of sub-workflows inside of the steps that run them, as deep as they stand", () => {
    const { outline } = aLibrary({
      leaf: [aStep("x", "ok")],
      middle: [aStep("a", "ok"), running("down", "leaf", { dependencies: ["a"] })],
      top: [running("first", "middle"), aStep("last", "ok", { dependencies: ["first"] })],
    });
    expect(shapeOf(outline("top"))).toEqual([
      ["first: runs 'middle'", ["a"], ["down: runs 'leaf'", ["x"]]],
      ["last"],
    ]);
    expect(toMermaid(outlineDiagram(outline("top"))).split("\n")).toEqual([
      "graph TD",
      "subgraph first[\"first<br/>workflow.run<br/>runs 'middle'\"]",
      '  first_a["a<br/>rec.ok"]',
      "  subgraph first_down[\"down<br/>workflow.run<br/>runs 'leaf'\"]",
      '    first_down_x["x<br/>rec.ok"]',
      "  end",
      "end",
      'last["last<br/>rec.ok"]',
      "first_a --> first_down",
      "first --> last",
    ]);
  });

  it("has single steps, marked as what they are, where nothing is waited for or known", () => {
    const { outline } = aLibrary({
      leaf: [aStep("x", "ok")],
      top: [
        running("away", "leaf", {}, { detached: true }),
        running("later", "{{name}}"),
        running("again", "top"),
        running("gone", "nobody"),
        running("twice", "leaf"),
      ],
    });
    expect(shapeOf(outline("top"))).toEqual([
      ["away: detached: starts 'leaf'"],
      ["later: runs {{name}}"],
      ["again: runs 'top' again"],
      ["gone: runs 'nobody', which is not defined"],
      ["twice: runs 'leaf'", ["x"]],
    ]);
    expect(outlineDict(outline("top"))).toMatchObject({
      workflow: "top",
      steps: [
        { name: "away", runs: "leaf", detached: true, note: "detached: starts 'leaf'" },
        { name: "later", runs: "{{name}}", detached: false },
        { name: "again" },
        { name: "gone" },
        { name: "twice", inner: { workflow: "leaf", steps: [{ name: "x", module: "rec", action: "ok" }] } },
      ],
    });
  });

  it("stops where workflows that run each other would multiply without end", () => {
    const workflows: Record<string, JsonObject[]> = { w0: [aStep("x", "ok")] };
    for (let at = 1; at <= 30; at++) {
      workflows[`w${at}`] = [running("a", `w${at - 1}`), running("b", `w${at - 1}`)];
    }
    const { outline } = aLibrary(workflows);
    const text = JSON.stringify(outlineDict(outline("w30")));
    expect(text).toContain("too much to draw");
    expect(text.split('"name"').length).toBeLessThanOrEqual(20_004);
  });
});

describe("the outline of an execution", () => {
  it("says how each step stands, also inside; what has not begun is as it is defined", async () => {
    const { manager, clock } = aLibrary({
      leaf: [
        aStep("x", "ok"),
        aStep("y", "slow", { parameters: { ms: 1000 }, dependencies: ["x"] }),
        aStep("z", "boom", { dependencies: ["y"] }),
      ],
      top: [running("first", "leaf"), running("second", "leaf", { dependencies: ["first"] })],
    });
    const id = await drive(manager.startWorkflow("top"), clock);
    await settle();
    expect(shapeOf(outlineExecution(id, manager))).toEqual([
      ["first: running: runs 'leaf'", ["x: completed"], ["y: running"], ["z: pending"]],
      ["second: pending: runs 'leaf'", ["x: pending"], ["y: pending"], ["z: pending"]],
    ]);
    await drive(manager.waitForExecution(id), clock);
    const outline = outlineExecution(id, manager);
    expect(shapeOf(outline)).toEqual([
      ["first: failed: runs 'leaf'", ["x: completed"], ["y: completed"], ["z: failed"]],
      ["second: skipped: runs 'leaf'", ["x: pending"], ["y: pending"], ["z: pending"]],
    ]);
    const [child] = manager.listExecutions({ workflowName: "leaf" });
    expect(outlineDict(outline)).toMatchObject({
      execution_id: id,
      steps: [{ status: "failed", execution_id: child?.id, inner: { execution_id: child?.id } }, {}],
    });
    expect(toMermaid(outlineDiagram(outline), { statuses: true })).toContain("class first failed");
  });

  it("names the execution of a detached one, also where only its parameters said so", async () => {
    const { manager, clock } = aLibrary({
      leaf: [aStep("x", "ok")],
      top: [running("away", "{{what}}", {}, { detached: "{{off}}" })],
    });
    const execution = await drive(manager.executeWorkflow("top", { what: "leaf", off: true }), clock);
    const [step] = outlineExecution(execution.executionId, manager).steps;
    const [child] = manager.listExecutions({ workflowName: "leaf" });
    expect(step).toMatchObject({ runs: "leaf", isDetached: true, executionId: child?.id, inner: null });
  });

  it("is refused for an unknown execution", () => {
    const { manager } = aLibrary({});
    expect(() => outlineExecution("nobody", manager)).toThrow(
      expect.objectContaining({ code: "EXECUTION_NOT_FOUND" }),
    );
  });

  it("draws the executions of all items as one, with what is most to be known of each step", async () => {
    const { manager, clock } = aLibrary({
      leaf: [
        aStep("x", "slow", { parameters: { ms: 1000 } }),
        aStep("y", "boom", { run_if: "params.n > 1", dependencies: ["x"] }),
      ],
      top: [
        running(
          "each",
          "leaf",
          { foreach: [1, 2, 3], max_parallel: 2, on_item_failure: "continue" },
          {
            parameters: { n: "{{item}}" },
          },
        ),
      ],
    });
    expect(
      shapeOf(outlineWorkflow(manager.findWorkflow("top"), (name) => manager.getCompiled(name))),
    ).toEqual([["each: runs 'leaf' for each item", ["x"], ["y"]]]);
    const id = await drive(manager.startWorkflow("top"), clock);
    await settle();
    clock.advance(1000);
    await settle();
    expect(shapeOf(outlineExecution(id, manager))).toEqual([
      ["each: running: runs 'leaf': 2/3 items, 1 failed", ["x: running"], ["y: failed"]],
    ]);
    await drive(manager.waitForExecution(id), clock);
    expect(shapeOf(outlineExecution(id, manager))).toEqual([
      ["each: completed: runs 'leaf': 3/3 items, 2 failed", ["x: completed"], ["y: failed"]],
    ]);
  });
});
