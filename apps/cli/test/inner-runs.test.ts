import { describe, expect, it } from "vitest";
import { aBase, aStep } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { objectsIn, orch } from "./orch-process.ts";

const runs = (name: string, workflow: string, more: object = {}, parameters: object = {}): object => ({
  name,
  module: "workflow",
  action: "run",
  parameters: { workflow, ...parameters },
  ...more,
});

/** `top` runs `middle`, which runs `leaf`; and starts `leaf` without waiting for it. */
const nested = () =>
  aBase({
    "leaf.json": { steps: [aStep("x", "add"), aStep("y", "add", { dependencies: ["x"] })] },
    "middle.json": { steps: [aStep("a", "add"), runs("down", "leaf", { dependencies: ["a"] })] },
    "top.json": {
      steps: [
        runs("inner", "middle"),
        aStep("last", "add", { dependencies: ["inner"] }),
        runs("away", "leaf", { dependencies: ["last"] }, { detached: true }),
      ],
    },
  });

const MERMAID = [
  "graph TD",
  "subgraph inner[\"inner<br/>workflow.run<br/>runs 'middle'\"]",
  '  inner_a["a<br/>acts.add"]',
  "  subgraph inner_down[\"down<br/>workflow.run<br/>runs 'leaf'\"]",
  '    inner_down_x["x<br/>acts.add"]',
  '    inner_down_y["y<br/>acts.add"]',
  "  end",
  "end",
  'last["last<br/>acts.add"]',
  "away[\"away<br/>workflow.run<br/>detached: starts 'leaf'\"]",
  "inner_down_x --> inner_down_y",
  "inner_a --> inner_down",
  "inner --> last",
  "last --> away",
];

describe("a workflow that runs others", () => {
  it("is one graph with theirs, as Mermaid, DOT and JSON", async () => {
    const base = nested();
    const mermaid = await call(base, "workflow", "graph", "top");
    expect(mermaid.text.split("\n")).toEqual(MERMAID);
    const dot = await call(base, "workflow", "graph", "top", "--format", "dot", "--direction", "LR");
    expect(dot.text).toContain('subgraph "cluster_inner" {');
    expect(dot.text).toContain("rankdir=LR");
    expect(resultOf(await call(base, "workflow", "graph", "top", "--format", "dot", "--json"))).toMatchObject(
      {
        success: true,
        dot: expect.stringContaining("digraph"),
      },
    );
    const graph = JSON.parse((await call(base, "workflow", "graph", "top", "--format", "json")).text);
    expect(graph).toMatchObject({
      workflow: "top",
      steps: [
        {
          name: "inner",
          runs: "middle",
          inner: { workflow: "middle", steps: [{}, { inner: { steps: [{}, {}] } }] },
        },
        { name: "last" },
        { name: "away", detached: true },
      ],
    });
  });

  it("shows their steps as its own: line by line, in the summary, and when it is looked at later", async () => {
    const base = nested();
    const { code, stdout } = await orch(["run", "top"], { cwd: base });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /▶ inner started\n.*▶ inner runs execution \S+\n[\s\S]*▶ inner › a started\n[\s\S]*✔ inner › down › y completed/,
    );
    expect(stdout).toMatch(/\n {2}inner +█[\s\S]*\n {4}a +█[\s\S]*\n {4}down +█[\s\S]*\n {6}x +█/);
    const id = /Execution: +(\S+)/.exec(stdout)?.[1] ?? "";
    const shown = await call(base, "execution", "show", id);
    expect(shown.text).toMatch(
      /\n {2}✔ inner .*\n {6}runs execution \S+\n {6}✔ a .*\n {6}✔ down .*\n {10}runs execution \S+\n {10}✔ x .*\n {10}✔ y .*\n {2}✔ last .*\n {2}✔ away .*\n {6}started execution \S+/,
    );
    const drawn = await call(base, "execution", "graph", id);
    expect(drawn.text).toContain('    inner_down_y["y<br/>acts.add"]:::completed');
    expect(drawn.text).toContain("class inner_down completed");
    const { graph } = resultOf(await call(base, "execution", "graph", id, "--format", "json", "--json"));
    expect(graph).toMatchObject({
      execution_id: id,
      steps: [{ status: "completed", inner: { steps: [{ status: "completed" }, {}] } }, {}, {}],
    });
  });

  it("tells programs of theirs by the ids of their executions, each numbered without gaps", async () => {
    const { stdout } = await orch(["run", "top", "--json"], { cwd: nested() });
    const events = objectsIn(stdout).slice(0, -1);
    const numbers = new Map<unknown, unknown[]>();
    for (const { execution_id, seq } of events) {
      const seen = numbers.get(execution_id) ?? [];
      numbers.set(execution_id, [...seen, seq]);
    }
    expect(numbers.size).toBe(3);
    for (const seen of numbers.values()) expect(seen).toEqual(seen.map((_, at) => at + 1));
  });

  it("goes on with all of them after a failure in the innermost", async () => {
    const base = aBase({
      "leaf.json": {
        steps: [aStep("x", "add"), aStep("y", "fail", { dependencies: ["x"], max_retries: 0 })],
      },
      "top.json": { steps: [runs("inner", "leaf")] },
    });
    const first = await orch(["run", "top"], { cwd: base });
    expect(first.code).toBe(1);
    const id = /Execution: +(\S+)/.exec(first.stdout)?.[1] ?? "";
    const again = await orch(["resume", id], { cwd: base });
    expect(again.code).toBe(1);
    expect(again.stdout).not.toContain("inner › x started");
    expect(again.stdout).toMatch(/✖ inner › y failed: it went wrong/);
  });

  it("says in a list what each is inside of, and how many items a step had", async () => {
    const step = runs("each", "leaf", { foreach: ["p", "q"] });
    const base = aBase({ "leaf.json": { steps: [aStep("x", "add")] }, "top.json": { steps: [step] } });
    const { stdout } = await orch(["run", "top"], { cwd: base });
    expect(stdout).toMatch(/▶ each item 1 › x started/);
    const id = /Execution: +(\S+)/.exec(stdout)?.[1] ?? "";
    const list = (await call(base, "execution", "list", "--workflow", "leaf")).stdout;
    expect(list).toHaveLength(2);
    for (const line of list) expect(line).toContain("leaf  completed");
    const { executions } = resultOf(await call(base, "execution", "list", "--workflow", "leaf", "--json"));
    expect(executions).toMatchObject([
      { parent: { execution_id: id, step: "each", item: 1 }, duration: expect.any(Number) },
      { parent: { item: 0 } },
    ]);
    expect((await call(base, "execution", "show", id)).text).toMatch(/✔ each {2}completed in .*, 2\/2 items/);
  });

  it("refuses to draw an execution that there is none of", async () => {
    const { code, stderr } = await call(nested(), "execution", "graph", "nobody");
    expect(code).toBe(3);
    expect(stderr.join("\n")).toMatch(/nobody/);
  });
});
