import { InvalidParametersError, readArgument } from "@orch/core/base";
import { copyTask, type DAGTask, type DAGTaskInit, isBareNode } from "./dag-task.ts";
import { Graph } from "./graph.ts";
import type { GraphNode } from "./graph-node.ts";
import { type Interned, intern } from "./intern.ts";

/** A graph together with what its names and edges were made of. */
export interface CompiledTable {
  readonly interned: Interned;
  readonly graph: Graph;
}

/**
 * The tasks of a WorkflowDAG by number, in definition order. Keeps names and edges as numbers, and makes the object of
 * a task that has only a name and dependencies when it is first asked for: a large graph that is only put in order
 * needs none of them. Changes are collected, and compiled with the next question.
 */
export class TaskTable {
  #interned: Interned;
  #graph: Graph | null = null;
  readonly #tasks = new Map<number, DAGTask>();
  /** What tasks list, where that is not their row of the compiled edges. */
  #listed: Map<number, string[]>;
  #changed = false;

  /** Of several tasks with one name the first stands. Throws INVALID_PARAMETERS, with all `problems`, for what is no task. */
  constructor(inits: readonly DAGTaskInit[]) {
    this.#interned = intern(inits);
    this.#listed = this.#interned.listed;
    const { kept } = this.#interned;
    const full = readArgument("tasks", () => copyFullTasks(inits));
    if (kept === null) this.#tasks = full;
    else
      for (const [node, at] of kept.entries())
        if (full.has(at)) this.#tasks.set(node, full.get(at) as DAGTask);
  }

  get size(): number {
    return this.names.length;
  }

  get names(): readonly string[] {
    return this.#interned.names;
  }

  /** The number of the task `name`, −1 where there is none. */
  indexOf(name: string): number {
    return this.#interned.index.get(name) ?? -1;
  }

  /** The task of this number. */
  task(node: number): DAGTask {
    let task = this.#tasks.get(node);
    if (task === undefined) {
      task = copyTask({ name: this.names[node] as string, dependencies: this.listed(node) });
      this.#tasks.set(node, task);
    }
    return task;
  }

  /** The tasks that exist as objects by now, by number. */
  made(): ReadonlyMap<number, DAGTask> {
    return this.#tasks;
  }

  /** What a task depends on, as listed: also what is missing, and itself; without repetitions. */
  listed(node: number): readonly string[] {
    const listed = this.#listed.get(node);
    if (listed !== undefined) return listed;
    const { offsets, targets } = this.#interned.dependencies;
    return Array.from(
      targets.subarray(offsets[node], offsets[node + 1]),
      (target) => this.names[target] as string,
    );
  }

  /** All tasks as names and what they list. */
  nodes(): GraphNode[] {
    return this.names.map((name, node) => ({ name, dependencies: this.listed(node) }));
  }

  /** Adds a task whose name is new. */
  add(task: DAGTask): void {
    const node = this.size;
    this.#own();
    this.#interned.names.push(task.name);
    this.#interned.index.set(task.name, node);
    this.#tasks.set(node, task);
    this.#listed.set(node, [...task.dependencies]);
    this.#changed = true;
  }

  /** Adds a dependency to the list of a task, unless it is there. */
  addDependency(node: number, dependency: string): void {
    const listed = this.#listed.get(node) ?? [...this.listed(node)];
    if (listed.includes(dependency)) return;
    listed.push(dependency);
    this.#listed.set(node, listed);
    const task = this.#tasks.get(node);
    if (task) task.dependencies = listed;
    this.#changed = true;
  }

  /** The graph as it stands. O(nodes + edges) after a change, else O(1). */
  compiled(): CompiledTable {
    if (this.#changed) {
      // A task is added only under a new name, so the duplicates of the start are all there are.
      const { duplicates } = this.#interned;
      this.#interned = { ...intern(this.nodes()), duplicates };
      this.#listed = this.#interned.listed;
      this.#graph = null;
      this.#changed = false;
    }
    const { names, index, dependencies } = this.#interned;
    this.#graph ??= new Graph(names, index, dependencies);
    return { interned: this.#interned, graph: this.#graph };
  }

  /** A compiled graph never changes, so it keeps the names that it has and the table goes on with a copy. */
  #own(): void {
    if (this.#graph === null) return;
    const { names, index, ...rest } = this.#interned;
    this.#interned = { ...rest, names: [...names], index: new Map(index) };
    this.#graph = null;
  }
}

/** The tasks that say more than a name and dependencies, by place in `inits`. */
function copyFullTasks(inits: readonly DAGTaskInit[]): Map<number, DAGTask> {
  const tasks = new Map<number, DAGTask>();
  const problems: { path: string; message: string }[] = [];
  for (let at = 0; at < inits.length; at++) {
    const init = inits[at] as DAGTaskInit;
    if (isBareNode(init)) continue;
    try {
      tasks.set(at, copyTask(init));
    } catch (error) {
      if (!(error instanceof InvalidParametersError)) throw error;
      problems.push(...problemsOf(error, `tasks[${at}]`));
    }
  }
  const [first] = problems;
  if (first === undefined) return tasks;
  throw new InvalidParametersError(`Invalid tasks: ${first.path} ${first.message}`, {
    details: { problems },
  });
}

function problemsOf(error: InvalidParametersError, path: string): { path: string; message: string }[] {
  const problems = error.details["problems"] as { path: string; message: string }[] | undefined;
  if (problems === undefined) return [{ path, message: error.message }];
  return problems.map((problem) => ({ path: `${path}.${problem.path}`, message: problem.message }));
}
