import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acyclicNodes } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";

describe("toMermaid", () => {
  it("has a line for the direction, for each task and for each dependency", () => {
    const dag = new WorkflowDAG([
      { name: "t1", module: "m", action: "x" },
      { name: "t2", dependencies: ["t1"] },
    ]);
    expect(dag.toMermaid()).toBe('graph TD\nt1["t1<br/>m.x"]\nt2["t2"]\nt1 --> t2');
  });

  it("draws another direction, and the statuses that occur", () => {
    const dag = new WorkflowDAG([
      { name: "a", status: "completed" },
      { name: "b", status: "failed", dependencies: ["a"] },
    ]);
    const text = dag.toMermaid({ direction: "LR", statuses: true });
    expect(text.split("\n")).toEqual([
      "graph LR",
      'a["a"]:::completed',
      'b["b"]:::failed',
      "a --> b",
      "classDef completed fill:#bbf7d0,stroke:#16a34a,color:#111827",
      "classDef failed fill:#fecaca,stroke:#dc2626,color:#111827",
    ]);
  });

  it("gives names that Mermaid cannot read as ids a number, and never one that a task has", () => {
    const dag = new WorkflowDAG([
      { name: "n1" },
      { name: "my task", dependencies: ["n1"] },
      { name: "end" },
      { name: "Graph" },
      { name: "ender" },
      { name: "1st" },
    ]);
    const ids = dag
      .toMermaid()
      .split("\n")
      .slice(1, 7)
      .map((line) => line.slice(0, line.indexOf("[")));
    expect(ids).toEqual(["n1", "n1_", "n2", "n3", "ender", "n5"]);
    expect(dag.toMermaid()).toContain("n1 --> n1_");
  });

  it("escapes what Mermaid or HTML would interpret in a label", () => {
    const name = 'a"b[c]{d}<e>&#35;`f`\\g\nh%%i%';
    const [, line] = new WorkflowDAG([{ name }]).toMermaid().split("\n");
    const text = line?.slice(4, -2) ?? "";
    expect(text).not.toMatch(/["[\]{}<>&`\\]|%%/);
    const read = text.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    expect(read).toBe(name.replace("\n", " "));
  });

  it("draws any graph with as many nodes and edges as it has, and leaves out missing tasks", () => {
    fc.assert(
      fc.property(acyclicNodes(), (nodes) => {
        const lines = new WorkflowDAG(nodes).toMermaid().split("\n");
        const edges = nodes.flatMap(({ name, dependencies }) =>
          [...new Set(dependencies)].map((each) => `${each} --> ${name}`),
        );
        expect(lines).toEqual(["graph TD", ...nodes.map(({ name }) => `${name}["${name}"]`), ...edges]);
      }),
    );
    expect(new WorkflowDAG([{ name: "a", dependencies: ["zz"] }]).toMermaid()).toBe('graph TD\na["a"]');
  });

  it("labels a task by its module alone where it has no action", () => {
    expect(new WorkflowDAG([{ name: "a", module: "m" }]).toMermaid()).toContain('a["a<br/>m"]');
  });
});

describe("toDot", () => {
  it("is a digraph with quoted names", () => {
    const dag = new WorkflowDAG([
      { name: 'say "a"\\', module: "m", action: "x" },
      { name: "b\nc", dependencies: ['say "a"\\'] },
    ]);
    expect(dag.toDot().split("\n")).toEqual([
      "digraph {",
      "  rankdir=TB;",
      "  node [shape=box];",
      '  "say \\"a\\"\\\\" [label="say \\"a\\"\\\\\\nm.x"];',
      '  "b',
      'c" [label="b c"];',
      '  "say \\"a\\"\\\\" -> "b',
      'c";',
      "}",
    ]);
  });

  it("draws another direction and the statuses", () => {
    const text = new WorkflowDAG([{ name: "a", status: "running" }]).toDot({
      direction: "RL",
      statuses: true,
    });
    expect(text).toContain("rankdir=RL;");
    expect(text).toContain('"a" [label="a", style=filled, fillcolor="#bfdbfe", color="#2563eb"];');
  });
});
