import type { JsonObject, Logger, OrchestrationError } from "@orch/core";
import type { ActionStart } from "./action-gate.ts";
import type { LiveTask } from "./live-task.ts";
import type { ActionContext } from "./module.ts";
import type { Turn } from "./turn.ts";

/** What an attempt's context holds beside what the scheduler knows. */
export type AttemptContext = Pick<
  ActionContext,
  "stepName" | "executionId" | "sessionId" | "parameters" | "session" | "history"
> & {
  /** Makes the outputs so far when they are asked for; null where there can be none. */
  readonly results: (() => JsonObject) | null;
};

/** What an attempt logs. */
export interface AttemptLine {
  readonly attempt: number;
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: JsonObject;
}

/**
 * Who submits tasks to the scheduler: the orchestrator of single tasks, the executions of workflows. The methods with a
 * turn are called inside the tick's transaction: they are synchronous and deterministic, read the time from the turn, and
 * change nothing but their own state and the turn.
 */
export interface Participant {
  /** Whether it has work that waits for something from outside: its process goes on saying that it lives. @default false */
  readonly isBusy?: boolean;
  /** Whether it has tasks that have not ended: while its process lives for other reasons, it says so. @default false */
  readonly isWaiting?: boolean;
  /** Its tasks are in memory only: nobody asks for their records. @default false */
  readonly isVolatile?: boolean;
  /** Something was posted to it from outside. */
  receive(message: never, turn: Turn): void;
  /** An attempt of its task starts. */
  taskStarted(task: LiveTask, turn: Turn): void;
  /** An attempt failed and another follows in `delayMs`. */
  taskRetrying(task: LiveTask, delayMs: number, turn: Turn): void;
  /** Its task has ended: `status` is terminal. May submit the next ones. */
  taskEnded(task: LiveTask, turn: Turn): void;
  /** The record of its task, as it stands; null when it needs no row of its own yet. Asked once a tick, for what has changed. */
  record(task: LiveTask): JsonObject | null;
  /** Everything of this tick was handed out: the last chance to write. */
  turnEnds(turn: Turn): void;
  /** After the commit, when an attempt is handed to a runner. */
  context(task: LiveTask): AttemptContext;
  /** The execution that its task is a step of. @default null: it is none */
  originOf?(task: LiveTask): ActionStart["execution"];
  /** An attempt says how far it is; nothing is stored. */
  progressed(task: LiveTask, fraction: number, text: string): void;
  /** An attempt logs something. Never throws. @default nobody records it */
  logged?(task: LiveTask, line: AttemptLine): void;
  /** The loop has ended with an error: nothing more will happen to its tasks. */
  loopFailed(error: OrchestrationError): void;
}
