import { canonicalJson } from "@orch/core";
import type { DAGTask } from "./dag-task.ts";
import { diffGraphs, type GraphDiff } from "./diff.ts";

/** What a change of a task is told by. */
const COMPARED = ["module", "action", "parameters"] as const;

/** A task that both DAGs have, but not with the same content. */
export interface ChangedTask {
  readonly task: string;
  /** Which of module, action and parameters differ. */
  readonly fields: readonly (typeof COMPARED)[number][];
}

/** How one DAG differs from another. Status, result and error do not count. */
export interface DAGDiff extends GraphDiff {
  /** Tasks that both have, with other content, in the later order. */
  readonly changedTasks: readonly ChangedTask[];
  /** Whether nothing differs. */
  readonly identical: boolean;
}

/** What changed from `before` to `after`. O(tasks + dependencies + parameters). */
export function diffTasks(before: readonly DAGTask[], after: readonly DAGTask[]): DAGDiff {
  const earlier = new Map(before.map((task) => [task.name, task]));
  const changedTasks = after.flatMap((task): ChangedTask[] => {
    const old = earlier.get(task.name);
    const fields = old ? COMPARED.filter((field) => !isSame(old[field], task[field])) : [];
    return fields.length > 0 ? [{ task: task.name, fields }] : [];
  });
  const graph = diffGraphs(before, after);
  const identical = changedTasks.length === 0 && Object.values(graph).every((list) => list.length === 0);
  return { ...graph, changedTasks, identical };
}

const isSame = (a: DAGTask["parameters"] | string, b: DAGTask["parameters"] | string): boolean =>
  a === b || canonicalJson(a) === canonicalJson(b);
