import type { JsonObject } from "@orch/core";
import { needArray, needObject, needWord, readArgument, shownName, wrongArgument } from "@orch/core/base";
import { type CriticalPath, criticalPath, type NodeWeight } from "./critical-path.ts";
import { type DAGDict, readDict, writeDict } from "./dag-dict.ts";
import { type DAGDiff, diffTasks } from "./dag-diff.ts";
import { copyTask, type DAGTask, type DAGTaskInit } from "./dag-task.ts";
import type { Diagram, DiagramOptions } from "./diagram.ts";
import { toDot } from "./dot.ts";
import { unknownTask, validationError } from "./errors.ts";
import type { Graph, Rows } from "./graph.ts";
import type { Layers } from "./layers.ts";
import { toMermaid } from "./mermaid.ts";
import { type DAGProblem, duplicateName, EMPTY_NAME, findProblems, isSound } from "./problem.ts";
import { reachable } from "./reachable.ts";
import { type DAGEdge, redundantDependencies } from "./redundant-dependencies.ts";
import { TaskTable } from "./task-table.ts";
import { executionLevels, topologicalOrder } from "./topological-order.ts";

/** What {@link WorkflowDAG.validateDag} found. */
export interface DAGValidation {
  readonly valid: boolean;
  /** The messages of `problems`. */
  readonly errors: string[];
  readonly problems: DAGProblem[];
  /** The paths of all cycle problems. */
  readonly cycles: string[][];
}

const PARTS: readonly SubgraphPart[] = ["dependencies", "dependents", "both"];
/** Which part of a DAG: what tasks depend on, what depends on them, or both; always with the tasks themselves. */
export type SubgraphPart = "dependencies" | "dependents" | "both";

const PENDING = { module: "", action: "", status: "pending" } as const;

/**
 * Named tasks and what they depend on. Problems of the graph are kept and reported, all at once, by `validate` and
 * `validateDag`; methods that need a sound graph throw the same errors. Definition order decides wherever the
 * dependencies do not. A question costs O(nodes + edges) the first time after a change, and then only its answer; any
 * depth works.
 */
export class WorkflowDAG {
  readonly #table: TaskTable;
  /** The layers that `executionOrder` was last taken from, and the position of each task there, once it is needed. */
  #ordered: Layers | null = null;
  #positions: Int32Array | null = null;

  /**
   * Copies `tasks`. Never throws for problems of the graph (of tasks with one name the first stands);
   * INVALID_PARAMETERS, with all `problems`, for what is no task.
   */
  constructor(tasks: readonly DAGTaskInit[] = []) {
    this.#table = new TaskTable(tasks);
  }

  /** Reads what {@link toDict} writes. Throws INVALID_PARAMETERS with all `problems`. */
  static fromDict(dict: unknown): WorkflowDAG {
    return readDict(dict, (tasks) => new WorkflowDAG(tasks));
  }

  /** How many tasks there are. */
  get size(): number {
    return this.#table.size;
  }

  /** Adds a copy of `task` and returns it. O(1). DAG_INVALID for an empty or existing name. */
  addTask(task: DAGTaskInit): DAGTask {
    const copy = readArgument("task", () => copyTask(task));
    const { name } = copy;
    if (name === "") throw validationError([EMPTY_NAME]);
    if (this.#table.indexOf(name) >= 0) throw validationError([duplicateName(name)]);
    this.#table.add(copy);
    return copy;
  }

  /**
   * Makes `task` wait for `dependsOn`; nothing changes where it does already. DAG_INVALID where one of them does not
   * exist. A cycle that this closes is found by validation. O(dependencies of `task`).
   */
  addDependency(task: string, dependsOn: string): void {
    const node = this.#table.indexOf(task);
    if (node < 0) throw unknownTask(`Task ${shownName(task)} not found in DAG`, task, this.#table.names);
    if (this.#table.indexOf(dependsOn) < 0) {
      throw unknownTask(
        `Dependency task ${shownName(dependsOn)} not found in DAG`,
        dependsOn,
        this.#table.names,
      );
    }
    this.#table.addDependency(node, dependsOn);
  }

  /** True, or throws DAG_CYCLE if there is any cycle, else DAG_INVALID if anything is wrong; either has all `problems`. */
  validate(): true {
    this.compile();
    return true;
  }

  /** All that is wrong: names and duplicates, then missing and self-dependencies, then one cycle per knot. */
  validateDag(): DAGValidation {
    const { interned, graph } = this.#table.compiled();
    const problems = isSound(interned, graph) ? [] : findProblems(interned, graph);
    const cycles = problems.flatMap(({ path }) => (path ? [[...path]] : []));
    return { valid: problems.length === 0, errors: problems.map(({ message }) => message), problems, cycles };
  }

  /** The compiled graph, for a Frontier and the functions on graphs; it does not follow later changes. Throws as `validate`. */
  compile(): Graph {
    return this.#sound("");
  }

  /** The names of all tasks, dependencies first: the levels, one after the other. Throws as `validate`. */
  topologicalSort(): string[] {
    return topologicalOrder(this.#sound("DAG validation failed: "));
  }

  /**
   * The names of all tasks by level: a task is in the first level after all its dependencies, within a level tasks are
   * in definition order. Sets each task's `executionOrder`. Throws as `validate`.
   */
  getExecutionLevels(): string[][] {
    const graph = this.#sound("DAG validation failed: ");
    this.#ordered = graph.layers();
    this.#positions = null;
    for (const [node, task] of this.#table.made()) task.executionOrder = this.#positionOf(node);
    return executionLevels(graph);
  }

  /** The tasks that `name` depends on, direct or not, in definition order; `[]` for an unknown name. */
  getTaskDependencies(name: string): string[] {
    return this.#reach(name, this.#table.compiled().graph.dependencies);
  }

  /** The tasks that depend on `name`, direct or not, in definition order; `[]` for an unknown name. */
  getDependentTasks(name: string): string[] {
    return this.#reach(name, this.#table.compiled().graph.dependents);
  }

  /** The task `name`, always the same object; null where there is none. Change its status, result and error at will. */
  getTask(name: string): DAGTask | null {
    const node = this.#table.indexOf(name);
    return node < 0 ? null : this.#task(node);
  }

  /** All tasks by name, in definition order. */
  getAllTasks(): Map<string, DAGTask> {
    return new Map(this.#table.names.map((name, node) => [name, this.#task(node)]));
  }

  /** Makes all tasks pending, without result or error. */
  resetTaskStatuses(): void {
    for (const task of this.#table.made().values())
      Object.assign(task, { status: "pending", result: null, error: null });
  }

  /** The longest path by weight (default 1 per task), with start times and slack by number. Throws as `validate`. */
  criticalPath(options: { readonly weight?: NodeWeight | undefined } = {}): CriticalPath {
    return criticalPath(this.#sound("DAG validation failed: "), options);
  }

  /** The dependencies that others imply already; without them the order is the same. Throws as `validate`. */
  redundantDependencies(): DAGEdge[] {
    return redundantDependencies(this.#sound("DAG validation failed: "));
  }

  /** A new DAG without the redundant dependencies (the transitive reduction). Throws as `validate`. */
  transitiveReduction(): WorkflowDAG {
    const dropped = Map.groupBy(this.redundantDependencies(), ({ task }) => task);
    const drop = new Map(
      [...dropped].map(([task, edges]) => [task, new Set(edges.map(({ dependency }) => dependency))]),
    );
    return this.#part(this.#table.names.keys(), (task, dependency) => !drop.get(task)?.has(dependency));
  }

  /**
   * A new DAG of `names` and of what they depend on, what depends on them, or both; dependencies that lead out of it
   * are dropped. DAG_INVALID for an unknown name, INVALID_PARAMETERS for another `part`.
   */
  subgraph(
    names: readonly string[],
    options: { readonly part?: SubgraphPart | undefined } = {},
  ): WorkflowDAG {
    needObject("options", options);
    const part = needWord("part", readArgument("options", () => ({ part: "both", ...options })).part, PARTS);
    needArray("names", names);
    const { graph } = this.#table.compiled();
    const starts = readArgument("names", () => [...names]).map((name) => {
      const node = graph.indexOf(name);
      if (node < 0) throw unknownTask(`Task ${shownName(name)} not found in DAG`, name, graph.names);
      return node;
    });
    const up = part === "dependents" ? [] : reachable(graph.dependencies, starts, { withStarts: true });
    const down = part === "dependencies" ? [] : reachable(graph.dependents, starts, { withStarts: true });
    const nodes = [...new Set([...up, ...down])].sort((a, b) => a - b);
    const kept = new Set(nodes.map((node) => graph.names[node]));
    return this.#part(nodes, (_task, dependency) => kept.has(dependency));
  }

  /** What changed from this DAG to `later`: tasks, dependencies and fields. O(nodes + edges + parameters). */
  diff(later: WorkflowDAG): DAGDiff {
    // A proxy of a DAG, of which it cannot be read, is none.
    const isDag = typeof later === "object" && later !== null && #table in later;
    if (!isDag) throw wrongArgument("later", "a WorkflowDAG", later);
    return diffTasks([...this.getAllTasks().values()], [...later.getAllTasks().values()]);
  }

  /** A Mermaid flow chart. Dependencies on missing tasks are not drawn. */
  toMermaid(options?: DiagramOptions): string {
    return toMermaid(this.#diagram(), options);
  }

  /** A Graphviz digraph. Dependencies on missing tasks are not drawn. */
  toDot(options?: DiagramOptions): string {
    return toDot(this.#diagram(), options);
  }

  /** The tasks by name, what each lists and, the other way round, what lists it. JSON, for {@link fromDict}. */
  toDict(): DAGDict {
    return writeDict([...this.getAllTasks().values()]);
  }

  /** The same as {@link toDict}. */
  toJSON(): JsonObject {
    return this.toDict();
  }

  #sound(prefix: string): Graph {
    const { interned, graph } = this.#table.compiled();
    if (!isSound(interned, graph)) throw validationError(findProblems(interned, graph), prefix);
    return graph;
  }

  #reach(name: string, rows: Rows): string[] {
    const node = this.#table.indexOf(name);
    if (node < 0) return [];
    return reachable(rows, [node]).map((each) => this.#table.names[each] as string);
  }

  #task(node: number): DAGTask {
    const isNew = !this.#table.made().has(node);
    const task = this.#table.task(node);
    if (isNew && this.#ordered) task.executionOrder = this.#positionOf(node);
    return task;
  }

  /** Where `node` came when the tasks were last put in order, −1 where it was not there yet. */
  #positionOf(node: number): number {
    if (this.#positions === null) {
      const order = this.#ordered?.order ?? new Int32Array();
      const positions = new Int32Array(order.length);
      for (let at = 0; at < order.length; at++) positions[order[at] as number] = at;
      this.#positions = positions;
    }
    return this.#positions[node] ?? -1;
  }

  /** A new DAG of copies of `nodes` with those of their dependencies that `keeps` accepts. */
  #part(nodes: Iterable<number>, keeps: (task: string, dependency: string) => boolean): WorkflowDAG {
    const inits = Array.from(nodes, (node): DAGTaskInit => {
      const name = this.#table.names[node] as string;
      const dependencies = this.#table.listed(node).filter((dependency) => keeps(name, dependency));
      const task = this.#table.made().get(node);
      return task ? { ...task, ...task.extra, dependencies } : { name, dependencies };
    });
    return new WorkflowDAG(inits);
  }

  #diagram(): Diagram {
    const { offsets, targets } = this.#table.compiled().graph.dependencies;
    const tasks = this.#table.names.map((name, node) => this.#table.made().get(node) ?? { ...PENDING, name });
    return { tasks, dependencies: (node) => targets.subarray(offsets[node], offsets[node + 1]) };
  }
}
