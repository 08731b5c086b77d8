import type { JsonObject, JsonValue } from "@orch/core";
import type { CompiledDemand, Grant } from "@orch/resources";
import type { CacheRule } from "./cache-rule.ts";
import type { Failure, Usage } from "./failure.ts";
import type { Group } from "./group.ts";
import type { Isolation } from "./module.ts";
import type { Participant } from "./participant.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { TaskStatus } from "./task-status.ts";

/** What the scheduler needs to know of a unit of work; it never changes. */
export interface TaskSpec {
  readonly id: string;
  /** Where its record lies in the store: `tasks/<id>` or `steps/<execution>/<step>`. */
  readonly key: string;
  readonly name: string;
  readonly module: string;
  readonly action: string;
  readonly parameters: JsonObject;
  /** 0 (critical) to 4 (background). */
  readonly priority: number;
  /** What it needs while it runs, or null. */
  readonly demand: CompiledDemand | null;
  /** Limit of each attempt, or null. */
  readonly timeoutMs: number | null;
  readonly retry: RetryPolicy;
  /** Where it runs; null: where its action says. */
  readonly isolation: Isolation | null;
  /** The same on every attempt. */
  readonly idempotencyKey: string;
  /** How long it may wait for its resources, milliseconds; then it fails. @default for ever */
  readonly waitTimeoutMs?: number | null;
  /** That an equal task's result is used again, and its own kept. @default null: its action is always called */
  readonly cache?: CacheRule | null;
}

/** When the whole of a task has to have ended, waiting and retries included. */
export interface Deadline {
  /** On the monotonic clock. */
  readonly atMs: number;
  /** Why it ends then. */
  readonly failure: Failure;
}

/** Whether a deadline is over: what has not started by then starts no more. */
export const isOver = ({ atMs }: Deadline, { monotonic }: { readonly monotonic: number }): boolean =>
  atMs <= monotonic;

/**
 * A task that is not finished, as the scheduler holds it. States: ready (waits for a slot and its resources) → running →
 * completed, failed, timeout or cancelled; running → delayed (waits for its next attempt) → ready. A task that timed out
 * or was cancelled while its code still runs has ended, but keeps slot and grant (`draining`) until the code returns. One
 * that timed out with a retry left stays running while its code may still stop, and ends when that takes too long.
 */
export interface LiveTask {
  /** Its owner may change it before the task is submitted, not after. */
  spec: TaskSpec;
  readonly owner: Participant;
  /** What its owner knows it by; nobody else looks into it. */
  subject: object | null;
  readonly group: Group | null;
  status: TaskStatus;
  /** Attempts started. */
  attempt: number;
  /** Attempts that failed; one that was lost in a crash does not count. */
  failures: number;
  /** Whether code of an attempt is running, also after the task has ended. */
  attemptRunning: boolean;
  /** Its priority, and less the longer it has been ready: 0 starts first. */
  level: number;
  /** The order of becoming ready; ties within a level go by it. Never twice the same. */
  sequence: number;
  /** When it became ready or, after that, when its last attempt began; on the monotonic clock. */
  sinceMs: number;
  /** First start, milliseconds since the epoch; 0 before. */
  startedAt: number;
  endedAt: number;
  /** Time in attempts, all of them. */
  executionMs: number;
  /** What its attempts used, as far as their runners measured it: times added up, the highest peak. */
  usage: Usage | null;
  /** When the next attempt is due, milliseconds since the epoch; 0 unless delayed. */
  dueAt: number;
  /** No attempt starts after it, and its owner ends the task then; null: it has all the time there is. @internal */
  deadline: Deadline | null;
  grant: Grant | null;
  /** What it lacked when it was last looked at: resources and locks in whose queues it stands. */
  lacks: readonly string[] | null;
  value: JsonValue;
  /** Why it ended badly, or why its last attempt did. */
  failure: Failure | null;
  /** The running attempt is past its time: when its code returns, this is how it ended. */
  timedOut: boolean;
  /** Its value is the result of an earlier task: its action was not called. */
  cached: boolean;
  /** It has changed in this turn, and its record is to be made at the end of it. */
  isUnsaved: boolean;
}

/** A task as it enters the scheduler. */
export function liveTask(spec: TaskSpec, owner: Participant, group: Group | null): LiveTask {
  return {
    spec,
    owner,
    subject: null,
    group,
    status: "pending",
    attempt: 0,
    failures: 0,
    attemptRunning: false,
    level: spec.priority,
    sequence: 0,
    sinceMs: 0,
    startedAt: 0,
    endedAt: 0,
    executionMs: 0,
    usage: null,
    dueAt: 0,
    deadline: null,
    grant: null,
    lacks: null,
    value: null,
    failure: null,
    timedOut: false,
    cached: false,
    isUnsaved: false,
  };
}

/** An attempt of a task has taken this long, and used this much. */
export function countAttempt(task: LiveTask, durationMs: number, used: Usage | undefined): void {
  task.executionMs += durationMs;
  if (used !== undefined) addUsage(task, used);
}

/** An attempt of a task has used this much: what its attempts have used together. */
export function addUsage(task: LiveTask, used: Usage): Usage {
  const { cpuMs, peakBytes } = task.usage ?? { cpuMs: 0, peakBytes: 0 };
  const usage = { cpuMs: cpuMs + used.cpuMs, peakBytes: Math.max(peakBytes, used.peakBytes) };
  task.usage = usage;
  return usage;
}
