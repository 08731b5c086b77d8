import { didYouMean, type JsonObject, nearestNames, OrchestrationError } from "@orch/core";
import { type OrchestrationEngine, type Task, TaskNotFoundError } from "@orch/engine";
import { commandText } from "./command-text.ts";

/** Tasks that an unknown id is compared with. */
const RECENT = 20;

/** The task of an id. Throws TASK_NOT_FOUND, with those that were probably meant. */
export function findTask(id: string, { taskOrchestrator }: OrchestrationEngine): Task {
  const found = taskOrchestrator.getTask(id);
  if (found !== null) return found;
  const recent = taskOrchestrator.listStoredTasks({ limit: RECENT }).map((task) => task.id);
  const near = nearestNames(id, recent);
  throw new TaskNotFoundError(`Task '${id}' not found`, {
    details: { task_id: id, near } satisfies JsonObject,
    suggestions: [...didYouMean(near), `See all: ${commandText("task list")}`],
  });
}

/** Whether a task has not ended, and its process is gone. */
export const isInterrupted = (id: string, { taskOrchestrator }: OrchestrationEngine): boolean =>
  taskOrchestrator
    .why(id)
    ?.causes.some((cause) => cause.reason === "other_process" && cause.alive === "dead") ?? false;

/** That what is asked of a task came too late. */
export const taskHasEnded = (id: string, status: string): OrchestrationError =>
  new OrchestrationError(`Task '${id}' has ended already: ${status}`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { task_id: id, status },
    suggestions: [`Look at it: ${commandText(`task show ${id}`)}`],
  });
