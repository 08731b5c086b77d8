import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acyclicNodes } from "../test/graphs.ts";
import { WorkflowDAG } from "./dag.ts";
import type { Diagram, DiagramTask } from "./diagram.ts";
import { toDot } from "./dot.ts";
import { toMermaid } from "./mermaid.ts";

const aTask = (name: string, more: Partial<DiagramTask> = {}): DiagramTask => ({
  name,
  module: "",
  action: "",
  status: "pending",
  ...more,
});
/** Tasks that depend each on the one before it. */
const aChain = (...tasks: DiagramTask[]): Diagram => ({
  tasks,
  dependencies: (node) => (node === 0 ? [] : [node - 1]),
});

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

describe("tasks inside of tasks", () => {
  const nested = aChain(
    aTask("a"),
    aTask("b", {
      note: "runs 'x'",
      status: "running",
      inner: aChain(
        aTask("a", { status: "completed" }),
        aTask("c"),
        aTask("d", { inner: aChain(aTask("e")) }),
      ),
    }),
    aTask("end"),
  );

  it("are drawn as subgraphs, with ids of their own", () => {
    expect(toMermaid(nested, { statuses: true }).split("\n")).toEqual([
      "graph TD",
      'a["a"]:::pending',
      "subgraph b[\"b<br/>runs 'x'\"]",
      '  b_a["a"]:::completed',
      '  b_c["c"]:::pending',
      '  subgraph b_d["d"]',
      '    b_d_e["e"]:::pending',
      "  end",
      "end",
      'n2["end"]:::pending',
      "b_a --> b_c",
      "b_c --> b_d",
      "a --> b",
      "b --> n2",
      "class b running",
      "class b_d pending",
      "classDef pending fill:#e5e7eb,stroke:#6b7280,color:#111827",
      "classDef running fill:#bfdbfe,stroke:#2563eb,color:#111827",
      "classDef completed fill:#bbf7d0,stroke:#16a34a,color:#111827",
    ]);
  });

  it("are drawn as clusters, at whose borders the arrows end", () => {
    expect(toDot(nested).split("\n")).toEqual([
      "digraph {",
      "  rankdir=TB;",
      "  compound=true;",
      "  node [shape=box];",
      '  "a" [label="a"];',
      '  subgraph "cluster_b" {',
      "    label=\"b\\nruns 'x'\";",
      '    "b/a" [label="a"];',
      '    "b/c" [label="c"];',
      '    subgraph "cluster_b/d" {',
      '      label="d";',
      '      "b/d/e" [label="e"];',
      "    }",
      "  }",
      '  "end" [label="end"];',
      '  "b/a" -> "b/c";',
      '  "b/c" -> "b/d/e" [lhead="cluster_b/d"];',
      '  "a" -> "b/a" [lhead="cluster_b"];',
      '  "b/d/e" -> "end" [ltail="cluster_b"];',
      "}",
    ]);
    expect(toDot(nested, { statuses: true })).toContain('label="b\\nruns \'x\'"; color="#2563eb";');
  });

  it("draws one with nothing inside as a plain task", () => {
    const diagram = aChain(aTask("a", { inner: aChain() }), aTask("b", { inner: null }));
    expect(toMermaid(diagram)).toBe('graph TD\na["a"]\nb["b"]\na --> b');
    expect(toDot(diagram)).not.toContain("compound");
  });

  it("gives no id twice, whatever the names", () => {
    const name = fc.constantFrom("a", "a_a", "a_a_a", "n0", "n0_", "a_n0", "1", "end", "a b", "_");
    const tree = fc.letrec<{ diagram: Diagram }>((tie) => ({
      diagram: fc
        .uniqueArray(fc.tuple(name, fc.option(tie("diagram"), { depthSize: "small" })), {
          selector: ([each]) => each,
          maxLength: 4,
        })
        .map((tasks) => aChain(...tasks.map(([each, inner]) => aTask(each, { inner })))),
    })).diagram;
    fc.assert(
      fc.property(tree, (diagram) => {
        const lines = toMermaid(diagram).split("\n");
        const ids = lines.flatMap((line) => /^\s*(?:subgraph )?(\w+)\["/.exec(line)?.[1] ?? []);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).toHaveLength(sizeOf(diagram));
      }),
    );
  });
});

const sizeOf = ({ tasks }: Diagram): number =>
  tasks.reduce((size, { inner }) => size + 1 + (inner ? sizeOf(inner) : 0), 0);
