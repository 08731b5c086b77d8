import { InvalidParametersError } from "@orch/core";
import type { BlockedTask } from "./blocked-report.ts";
import { DependencyFailedError, TaskCancelledError } from "./errors.ts";
import type { Task } from "./task.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";

/** The error for an id that a task in memory has. */
export const existsAlready = (id: string): InvalidParametersError =>
  new InvalidParametersError(`Task '${id}' exists already`, { details: { task_id: id } });

/** The error for an id that a task in the store has. */
export const takenElsewhere = (id: string, status: TaskStatus | null): InvalidParametersError =>
  status !== null && isTerminalStatus(status)
    ? new InvalidParametersError(`Task '${id}' exists already: it ran before and is ${status}`, {
        details: { task_id: id, status },
        suggestions: [
          "Take another id, or none: each task gets one of its own.",
          "Read what came of it with getTask.",
        ],
      })
    : new InvalidParametersError(
        `Task '${id}' exists already: another process has it, or had it when it ended`,
        {
          details: { task_id: id, ...(status === null ? {} : { status }) },
          suggestions: ["Take another id, or go on with it with recover()."],
        },
      );

/** The error of a task that somebody has cancelled. */
export const taskCancelled = (name: string): TaskCancelledError =>
  new TaskCancelledError(`Task '${name}' was cancelled`);

/** The error for a task that has run, or is about to. */
export const notPending = ({ id, status }: Task): InvalidParametersError =>
  new InvalidParametersError(`Task '${id}' is ${status} already: a task runs once`, {
    details: { task_id: id, status },
    suggestions: ["Make a new task."],
  });

/** The error for a task that waits for what will never be. */
export function neverReady(name: string, { taskId, path, reason }: BlockedTask): DependencyFailedError {
  return new DependencyFailedError(
    `Task '${name}' can never start: ${reason === "cycle" ? "its dependencies form a cycle" : "a dependency does not exist"}`,
    {
      details: { task_id: taskId, reason, path },
      suggestions: [
        reason === "cycle"
          ? "Take one of these dependencies away: a task cannot wait for what waits for it."
          : "Add the missing task, or leave the dependency out.",
      ],
    },
  );
}
