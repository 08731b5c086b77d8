import { nearestNames, shownName } from "@orch/core/base";
import { findCycles } from "./find-cycles.ts";
import type { Graph } from "./graph.ts";
import type { Interned } from "./intern.ts";

/** One thing that is wrong with a graph. */
export interface DAGProblem {
  readonly kind: "name" | "duplicate" | "missing" | "self" | "cycle";
  /** The task at fault; of a cycle its earliest-defined member. */
  readonly task: string;
  readonly message: string;
  /** Of a cycle: its members, each depending on the next; the first comes again at the end. */
  readonly path?: readonly string[];
  /** Of a missing dependency: its name. */
  readonly dependency?: string;
  /** Of a missing dependency: names that were probably meant, best first. */
  readonly near?: readonly string[];
}

/** How many names are looked at, all missing dependencies together, for ones that were probably meant. */
const MOST_COMPARISONS = 20_000;
/** Longer paths are shortened in messages; `path` always has all of it. */
const LONGEST_PATH = 32;

/** A task without a name. */
export const EMPTY_NAME: DAGProblem = {
  kind: "name",
  task: "",
  message: "Task name must not be empty, was ''",
};

/** A second task of this name. */
export function duplicateName(name: string): DAGProblem {
  return { kind: "duplicate", task: name, message: `Duplicate task name ${shownName(name)}` };
}

/** Whether a graph has no problem at all. O(1) once the layers are known. */
export function isSound({ index, duplicates, missing, selves }: Interned, graph: Graph): boolean {
  const tidy = duplicates.length === 0 && missing.length === 0 && selves.length === 0 && !index.has("");
  return tidy && graph.layers().order.length === graph.size;
}

/**
 * All problems of a graph: names and duplicates first, then missing and self-dependencies in definition order, then one
 * cycle per knot (strongly connected component), by earliest member. O(nodes + edges).
 */
export function findProblems(interned: Interned, graph: Graph): DAGProblem[] {
  const { names, index, duplicates } = interned;
  const problems: DAGProblem[] = [];
  if (index.has("")) problems.push(EMPTY_NAME);
  problems.push(...duplicates.map(duplicateName));
  const edges = [...missingProblems(interned), ...selfProblems(interned)].sort((a, b) => a.node - b.node);
  problems.push(...edges.map(({ problem }) => problem));
  for (const cycle of findCycles(graph, interned.selves)) {
    problems.push(cycleProblem(cycle.map((node) => names[node] as string)));
  }
  return problems;
}

function missingProblems({ names, missing }: Interned): { node: number; problem: DAGProblem }[] {
  let comparisons = 0;
  return missing.map(({ node, dependency }) => {
    const task = names[node] as string;
    const message = `Task ${shownName(task)} depends on missing task ${shownName(dependency)}`;
    comparisons += names.length;
    const near = comparisons <= MOST_COMPARISONS ? nearestNames(dependency, names) : [];
    const problem = { kind: "missing", task, message, dependency } as const;
    return { node, problem: near.length > 0 ? { ...problem, near } : problem };
  });
}

function selfProblems({ names, selves }: Interned): { node: number; problem: DAGProblem }[] {
  return selves.map((node) => {
    const task = names[node] as string;
    return {
      node,
      problem: { kind: "self", task, message: `Task ${shownName(task)} cannot depend on itself` },
    };
  });
}

function cycleProblem(path: readonly string[]): DAGProblem {
  return {
    kind: "cycle",
    task: path[0] as string,
    message: `Cycle detected in DAG: ${describePath(path)}`,
    path,
  };
}

function describePath(path: readonly string[]): string {
  if (path.length <= LONGEST_PATH) return path.join(" -> ");
  const half = LONGEST_PATH / 2;
  const left = path.length - LONGEST_PATH;
  return [...path.slice(0, half), `... ${left} more ...`, ...path.slice(-half)].join(" -> ");
}
