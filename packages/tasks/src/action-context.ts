import { type Clock, type JsonObject, type Logger, noopLogger, toDate } from "@orch/core";
import { attemptLogger } from "./attempt-logger.ts";
import type { LiveTask } from "./live-task.ts";
import type { ActionContext } from "./module.ts";

/** What the context of an attempt is made with, beside its task. */
interface ContextInit {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: (task: LiveTask, fraction: number, text: string) => void;
}

const NO_RESULTS: JsonObject = Object.freeze({});
const MAKE_RESULTS = Symbol("makes the results");
const MAKE_LOGGER = Symbol("makes the logger");

/** One getter for all contexts, which finds its own by a symbol: one of its own for each takes longer than most attempts. */
const RESULTS: PropertyDescriptor & ThisType<{ readonly [MAKE_RESULTS]: () => JsonObject }> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[MAKE_RESULTS]();
  },
};

/** The same: most attempts log nothing. */
const LOGGER: PropertyDescriptor & ThisType<{ readonly [MAKE_LOGGER]: () => Logger }> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[MAKE_LOGGER]();
  },
};

/** What the action of an attempt gets beside its parameters. The outputs so far are made when they are looked at. */
export function actionContext(
  task: LiveTask,
  { signal, clock, logger, progress }: ContextInit,
): ActionContext {
  const { id: taskId, idempotencyKey, timeoutMs } = task.spec;
  const own = task.owner.context(task);
  const { executionId, stepName, sessionId, results } = own;
  const context = {
    taskId,
    attempt: task.attempt,
    idempotencyKey,
    parameters: own.parameters,
    results: NO_RESULTS,
    session: own.session,
    history: own.history,
    deadline: timeoutMs === null ? null : toDate(clock.now() + timeoutMs),
    signal,
    logger,
    progress: (fraction: number, text = "") => progress(task, fraction, text),
  };
  // Hidden: who prints his context, or copies it, sees the results alone.
  if (results) {
    Object.defineProperty(context, MAKE_RESULTS, { value: results });
    Object.defineProperty(context, "results", RESULTS);
  }
  if (logger !== noopLogger || task.owner.logged !== undefined) {
    const { attempt } = task;
    let made: Logger | null = null;
    const makeLogger = () => (made ??= attemptLogger(task, attempt, logger));
    Object.defineProperty(context, MAKE_LOGGER, { value: makeLogger });
    Object.defineProperty(context, "logger", LOGGER);
  }
  if (sessionId !== undefined) Object.assign(context, { sessionId });
  if (executionId === undefined) return context;
  return Object.assign(context, stepName === undefined ? { executionId } : { executionId, stepName });
}
