import { describeRefusal, type Refusal } from "@orch/resources";
import { TaskExecutionError, TaskTimeoutError } from "./errors.ts";
import type { LiveTask, TaskSpec } from "./live-task.ts";

/** An attempt ran past its time. */
export const timedOut = ({ name, timeoutMs }: Pick<TaskSpec, "name" | "timeoutMs">): TaskTimeoutError =>
  new TaskTimeoutError(`Task '${name}' timed out after ${(timeoutMs ?? 0) / 1000} seconds`, {
    details: { task: name, timeout_ms: timeoutMs },
    suggestions: ["Give it more time, or make the action stop when its signal is aborted."],
  });

/** An attempt ran past its time and its code went on: another one would have overlapped with it. */
export const didNotStop = (
  { name, timeoutMs }: Pick<TaskSpec, "name" | "timeoutMs">,
  graceMs: number,
): TaskTimeoutError =>
  new TaskTimeoutError(
    `Task '${name}' timed out after ${(timeoutMs ?? 0) / 1000} seconds; its code did not stop when it was told to, so it was not tried again`,
    {
      details: { task: name, timeout_ms: timeoutMs, grace_ms: graceMs },
      suggestions: [
        "Make the action stop when its signal is aborted, or run it in a worker or a process, which can be ended.",
      ],
    },
  );

/** A demand that no release can ever satisfy. */
export const cannotFit = ({ spec }: LiveTask, refusal: Refusal): TaskExecutionError =>
  new TaskExecutionError(`Task '${spec.name}' can never get its resources: ${describeRefusal(refusal)}`, {
    code: "RESOURCE_UNAVAILABLE",
    retryable: false,
    details: {
      resource: refusal.resource,
      dimension: refusal.dimension,
      wanted: refusal.wanted,
      capacity: refusal.capacity,
    },
    suggestions: ["Ask for less, or register a resource that is large enough."],
  });

/** A demand that was not granted in time. */
export const waitedTooLong = ({ spec, lacks }: LiveTask): TaskExecutionError =>
  new TaskExecutionError(
    `Task '${spec.name}' waited ${(spec.waitTimeoutMs ?? 0) / 1000} seconds for its resources`,
    {
      code: "RESOURCE_UNAVAILABLE",
      retryable: false,
      details: { task: spec.name, wait_timeout_ms: spec.waitTimeoutMs, lacks: lacks ?? [] },
      suggestions: ["Let it wait longer, or ask for less."],
    },
  );
