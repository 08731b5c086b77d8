import { type TaskRuntime, waitingCauses } from "@orch/tasks";
import type { LiveExecution } from "./live-execution.ts";

/** Who starts before a step that is ready. */
export interface GoesFirst {
  /** How many steps and tasks. */
  readonly count: number;
  /** The one that starts next: `<execution>/<step>`, or the id of a task; null where only others than tasks of this process go first. */
  readonly next: string | null;
  /** A sentence. */
  readonly message: string;
}

/** Who goes before a ready step of an execution that runs here; null when nobody does. O(ready steps and tasks). */
export function goesFirst(execution: LiveExecution, node: number, runtime: TaskRuntime): GoesFirst | null {
  const task = execution.tasks.get(node);
  if (task === undefined) return inOrder(execution, node);
  const causes = waitingCauses(task, runtime);
  const messages: string[] = [];
  let [count, next]: [number, string | null] = [0, null];
  for (const cause of causes) {
    if (cause.reason === "order") [count, next] = [count + 1, cause.task_id];
    else if (cause.reason === "priority") [count, next] = [count + cause.ahead, next ?? cause.next];
    else if (cause.reason === "others_first")
      count += cause.waiting.reduce((sum, { count: waiting }) => sum + waiting, 0);
    else continue;
    messages.push(cause.message);
  }
  return count === 0 ? null : { count, next, message: messages.join("; ") };
}

/** It waits in its execution, which keeps an order: behind those that the scheduler has, and those before it in the queue. */
function inOrder({ id, tasks, waiting, run }: LiveExecution, node: number): GoesFirst | null {
  const ready = [...tasks.values()].filter(({ status }) => status === "ready");
  const before = waiting.before(node).filter((each) => run.endOf(each) === undefined);
  const count = ready.length + before.length;
  const names = [
    ...ready.sort((a, b) => a.sequence - b.sequence).map(({ spec }) => spec.name),
    ...before.map((each) => run.compiled.graph.names[each] ?? ""),
  ];
  const [next] = names;
  if (next === undefined) return null;
  const message = `${count} ${count === 1 ? "step goes" : "steps go"} first, next '${next}'`;
  return { count, next: `${id}/${next}`, message };
}
