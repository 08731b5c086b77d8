import { OrchestrationError } from "@orch/core";
import { describe, expect, it } from "vitest";
import { compileGraph } from "../src/compile-graph.ts";
import { criticalPath } from "../src/critical-path.ts";
import { WorkflowDAG } from "../src/dag.ts";
import type { Diagram } from "../src/diagram.ts";
import { diffGraphs } from "../src/diff.ts";
import { toDot } from "../src/dot.ts";
import { Frontier } from "../src/frontier.ts";
import { toMermaid } from "../src/mermaid.ts";
import { reachable } from "../src/reachable.ts";
import { redundantDependencies } from "../src/redundant-dependencies.ts";
import { Ring } from "../src/ring.ts";
import { executionLevels, topologicalOrder } from "../src/topological-order.ts";
import {
  createWorkflowDag,
  getWorkflowExecutionOrder,
  validateWorkflowDependencies,
} from "../src/workflow-dependencies.ts";

const BARE = Object.create(null) as never;
const PLAIN: readonly unknown[] = [
  null,
  0,
  "x",
  "__proto__",
  "\u0000\ud800",
  {},
  BARE,
  Object.freeze({}),
  [null],
  Symbol("s"),
  10n,
  () => {},
  true,
];

function bite(): never {
  throw new RangeError("bitten");
}

const TRAPS = { get: bite, has: bite, ownKeys: bite, getPrototypeOf: bite, getOwnPropertyDescriptor: bite };
const revoked = Proxy.revocable([], {});
revoked.revoke();

/** Values that throw when they are looked at. */
const BITING: readonly unknown[] = [
  revoked.proxy,
  new Proxy({}, TRAPS),
  new Proxy([], TRAPS),
  new Proxy(() => {}, TRAPS),
  [new Proxy({}, TRAPS)],
];
const WRONG = [...PLAIN, ...BITING];

const dag = () => new WorkflowDAG([{ name: "a" }, { name: "b", dependencies: ["a"] }]);
const graph = compileGraph([{ name: "a" }]);
const frontier = new Frontier(graph);

const EMPTY: ReadonlySet<unknown> = new Set(
  PLAIN.filter((value) => value !== null && typeof value === "object" && !Array.isArray(value)),
);
const LISTS: ReadonlySet<unknown> = new Set([...PLAIN.filter(Array.isArray), BITING.at(-1)]);

/** What some calls rightly take, although most do not. */
const TAKEN = {
  none: () => false,
  zero: (value: unknown) => value === 0,
  text: (value: unknown) => typeof value === "string",
  emptyOptions: (value: unknown) => EMPTY.has(value),
  items: (value: unknown) => typeof value === "string" || LISTS.has(value),
  lists: (value: unknown) => LISTS.has(value),
} as const;

const aDiagram = (dependencies: unknown, task: object = {}): Diagram => ({
  tasks: [{ name: "a", module: "", action: "", status: "pending", ...task }],
  dependencies: () => dependencies as never,
});

/** Each call with what it takes. */
const CALLS: Record<string, readonly [taken: keyof typeof TAKEN, call: (wrong: never) => unknown]> = {
  "new WorkflowDAG": ["none", (wrong) => new WorkflowDAG(wrong)],
  "addTask task": ["none", (wrong) => dag().addTask(wrong)],
  "addDependency of": ["none", (wrong) => dag().addDependency(wrong, "a")],
  "addDependency on": ["none", (wrong) => dag().addDependency("a", wrong)],
  subgraph: ["none", (wrong) => dag().subgraph(wrong)],
  "subgraph part": ["none", (wrong) => dag().subgraph(["a"], { part: wrong })],
  "subgraph options": ["emptyOptions", (wrong) => dag().subgraph(["a"], wrong)],
  diff: ["none", (wrong) => dag().diff(wrong)],
  "diff with a proxy": ["none", () => dag().diff(new Proxy(dag(), {}))],
  "toMermaid options": ["emptyOptions", (wrong) => dag().toMermaid(wrong)],
  "toMermaid direction": ["none", (wrong) => dag().toMermaid({ direction: wrong })],
  "toDot direction": ["none", (wrong) => dag().toDot({ direction: wrong })],
  "toDot of a task with another status": ["none", (wrong) => withStatus(wrong).toDot({ statuses: true })],
  "toMermaid of a task with another status": ["none", (wrong) => withStatus(wrong).toMermaid()],
  "criticalPath options": ["emptyOptions", (wrong) => dag().criticalPath(wrong)],
  "criticalPath weight": ["zero", (wrong) => dag().criticalPath({ weight: () => wrong })],
  "criticalPath weights": ["none", () => dag().criticalPath({ weight: () => Number.MAX_VALUE })],
  fromDict: ["none", (wrong) => WorkflowDAG.fromDict(wrong)],
  "fromDict tasks": ["emptyOptions", (wrong) => WorkflowDAG.fromDict({ tasks: wrong })],
  "fromDict graph": ["none", (wrong) => WorkflowDAG.fromDict({ ...dag().toDict(), graph: wrong })],
  compileGraph: ["none", (wrong) => compileGraph(wrong)],
  "compileGraph node": ["none", (wrong) => compileGraph([wrong])],
  "compileGraph dependencies": ["none", (wrong) => compileGraph([{ name: "a", dependencies: wrong }])],
  createWorkflowDag: ["none", (wrong) => createWorkflowDag(wrong)],
  validateWorkflowDependencies: ["none", (wrong) => validateWorkflowDependencies(wrong)],
  getWorkflowExecutionOrder: ["none", (wrong) => getWorkflowExecutionOrder(wrong)],
  diffGraphs: ["none", (wrong) => diffGraphs([], wrong)],
  "diffGraphs dependencies": [
    "none",
    (wrong) => diffGraphs([], [{ name: "a", dependencies: [5 as never, wrong] }]),
  ],
  criticalPath: ["none", (wrong) => criticalPath(wrong)],
  redundantDependencies: ["none", (wrong) => redundantDependencies(wrong)],
  executionLevels: ["none", (wrong) => executionLevels(wrong)],
  topologicalOrder: ["none", (wrong) => topologicalOrder(wrong)],
  toDot: ["none", (wrong) => toDot(wrong)],
  toMermaid: ["none", (wrong) => toMermaid(wrong)],
  "toDot task": ["none", (wrong) => toDot({ tasks: [wrong], dependencies: () => [] })],
  "toDot name": ["text", (wrong) => toDot(aDiagram([], { name: wrong }))],
  "toMermaid name": ["text", (wrong) => toMermaid(aDiagram([], { name: wrong }))],
  "toDot note": ["text", (wrong) => toDot(aDiagram([], { note: wrong }))],
  "toMermaid inside": ["none", (wrong) => toMermaid(aDiagram([], { inner: wrong ?? 1 }))],
  "toMermaid dependencies": ["none", (wrong) => toMermaid(aDiagram(wrong))],
  "toMermaid dependency": ["zero", (wrong) => toMermaid(aDiagram([wrong]))],
  "toDot dependency": ["zero", (wrong) => toDot(aDiagram([wrong]))],
  "reachable rows": ["none", (wrong) => reachable(wrong, [0])],
  "reachable starts": ["none", (wrong) => reachable(graph.dependents, wrong)],
  "reachable start": ["zero", (wrong) => reachable(graph.dependents, [wrong])],
  "new Ring": ["items", (wrong) => new Ring(wrong)],
  "new Frontier": ["none", (wrong) => new Frontier(wrong)],
  "Frontier.restore": ["none", (wrong) => Frontier.restore(graph, wrong)],
  "Frontier.restore states": ["none", (wrong) => Frontier.restore(graph, { states: [wrong] })],
  "Frontier.restore continued": [
    "zero",
    (wrong) => Frontier.restore(graph, { states: ["failed"], continued: [wrong] }),
  ],
  "Frontier.start": ["zero", (wrong) => frontier.start(wrong)],
  "Frontier.complete queue": ["lists", (wrong) => frontier.complete(0, wrong)],
  "Frontier.fail policy": ["none", (wrong) => frontier.fail(0, wrong)],
  "Frontier.skip policy": ["none", (wrong) => frontier.skip(0, wrong)],
};

function withStatus(status: never): WorkflowDAG {
  const made = dag();
  Object.assign(made.getTask("a") ?? {}, { status });
  return made;
}

const CODES: ReadonlySet<string> = new Set(["INVALID_PARAMETERS", "DAG_INVALID"]);

describe.each(Object.entries(CALLS))("%s", (_, [taken, call]) => {
  it("refuses what is nothing of the kind with one clear error, changing nothing", () => {
    const before = frontier.snapshot();
    for (const [at, wrong] of WRONG.entries()) {
      if (TAKEN[taken](wrong)) continue;
      const error = errorOf(() => call(wrong as never));
      expect(error, `value ${at}: ${error}`).toBeInstanceOf(OrchestrationError);
      const { code, message, details } = error as OrchestrationError;
      expect(CODES.has(code), code).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(message).not.toMatch(/\[object |[\u0000-\u001f]|Cannot read|is not a function|not iterable/);
      expect(message.isWellFormed() && JSON.stringify(details)).toBeTypeOf("string");
    }
    expect(frontier.snapshot()).toEqual(before);
  });
});

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
}

it("a list of dependencies that grows while it is read is refused", () => {
  const names = ["a", "b", "c", "d"];
  let reads = 0;
  const node = { name: "e" };
  Object.defineProperty(node, "dependencies", { get: () => names.slice(0, ++reads), enumerable: true });
  const error = errorOf(() => compileGraph([...names.map((name) => ({ name })), node]));
  expect(error).toMatchObject({
    code: "INVALID_PARAMETERS",
    message: "Invalid tasks: tasks changed while they were read",
  });
});

it("addTask that is refused leaves the graph as it was", () => {
  const made = dag();
  const before = made.toDict();
  for (const wrong of WRONG) errorOf(() => made.addTask(wrong as never));
  expect(made.toDict()).toEqual(before);
  expect(made.size).toBe(2);
});

it("a ring has nothing at a place that is none", () => {
  const ring = new Ring(["a"]);
  expect([Number.NaN, -1, 1, Number.POSITIVE_INFINITY, "x"].map((at) => ring.at(at as never))).toEqual(
    Array(5).fill(undefined),
  );
});

it("tasks of whatever name are told apart, in DOT also inside of others", () => {
  const inner = (name: string): Diagram => aDiagram([], { name });
  const diagram: Diagram = {
    tasks: [
      ...aDiagram([], { name: "a/b" }).tasks,
      ...aDiagram([], { name: "a", inner: inner("b") }).tasks,
      ...aDiagram([], { name: '\u0000\n"];x' }).tasks,
    ],
    dependencies: () => [],
  };
  const ids = [...toDot(diagram).matchAll(/^ +("(?:[^"\\]|\\.)*") \[/gms)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(3);
});
