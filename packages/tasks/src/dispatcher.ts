import { type Clock, type Logger, toDate } from "@orch/core";
import { boundedLogger } from "./bounded-logger.ts";
import { abortError, type Failure, failed, type Outcome } from "./failure.ts";
import type { LiveTask } from "./live-task.ts";
import type { ActionContext, Isolation } from "./module.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { ResultCache } from "./result-cache.ts";
import { isolationOf } from "./run-attempt.ts";
import type { Runner } from "./runner.ts";

/** What the dispatcher tells the loop. */
interface DispatcherEvents {
  /** The code of an attempt has returned. */
  ended(task: LiveTask, attempt: number, outcome: Outcome, durationMs: number): void;
  /** An attempt is past its time; its code still runs. */
  timedOut(task: LiveTask, attempt: number): void;
  /** An attempt says how far it is. */
  progress(task: LiveTask, fraction: number, text: string): void;
}

/** What a {@link Dispatcher} needs. */
export interface DispatcherInit {
  readonly registry: ModuleRegistry;
  readonly cache: ResultCache;
  readonly runners: Readonly<Record<Isolation, Runner>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: DispatcherEvents;
}

/** Hands attempts to runners: finds the action, makes the context, watches the time, passes aborts on. */
export class Dispatcher {
  readonly #running = new Map<LiveTask, AbortController>();
  readonly #init: DispatcherInit;

  constructor(init: DispatcherInit) {
    this.#init = init;
  }

  /** Attempts whose code runs now. */
  get running(): number {
    return this.#running.size;
  }

  /** Starts the attempt that the task's record says has started. */
  start(task: LiveTask): void {
    const { clock, events } = this.#init;
    const { attempt } = task;
    const controller = new AbortController();
    this.#running.set(task, controller);
    const began = clock.monotonic();
    const stopTimer = this.#watch(task, attempt);
    void this.#run(task, controller.signal).then((outcome) => {
      stopTimer();
      this.#running.delete(task);
      events.ended(task, attempt, outcome, clock.monotonic() - began);
    });
  }

  /** Tells the running code of a task to stop. */
  abort(task: LiveTask, failure: Failure): void {
    this.#running.get(task)?.abort(abortError(failure));
  }

  /** The tasks whose code runs now. */
  tasks(): LiveTask[] {
    return [...this.#running.keys()];
  }

  /** Tells all running code to stop. */
  abortAll(failure: Failure): void {
    for (const controller of this.#running.values()) controller.abort(abortError(failure));
  }

  #watch(task: LiveTask, attempt: number): () => void {
    const { timeoutMs } = task.spec;
    return timeoutMs === null
      ? () => {}
      : this.#init.clock.setTimer(() => this.#init.events.timedOut(task, attempt), timeoutMs);
  }

  async #run(task: LiveTask, signal: AbortSignal): Promise<Outcome> {
    const { module, action, parameters } = task.spec;
    try {
      const { registry, runners, cache } = this.#init;
      const resolved = registry.peek(module, action) ?? (await registry.find(module, action));
      // Cancelled while the module was loaded: its code is not called any more.
      if (signal.aborted) return failed(signal.reason);
      const runner = runners[isolationOf(task.spec, resolved)];
      const run = () =>
        runner.run({ module, action, resolved, parameters, context: this.#context(task, signal) });
      return await (task.spec.cache ? cache.outcomeOf(task, resolved, signal, run) : run());
    } catch (thrown) {
      return failed(thrown);
    }
  }

  #context(task: LiveTask, signal: AbortSignal): ActionContext {
    const { clock, events, logger } = this.#init;
    const { id, idempotencyKey, timeoutMs } = task.spec;
    const deadline = timeoutMs === null ? null : toDate(clock.now() + timeoutMs);
    const progress = (fraction: number, text = "") => events.progress(task, fraction, text);
    const { results, ...own } = task.owner.context(task);
    return {
      ...own,
      get results() {
        return results();
      },
      signal,
      attempt: task.attempt,
      taskId: id,
      idempotencyKey,
      deadline,
      logger: boundedLogger(logger),
      progress,
    };
  }
}
