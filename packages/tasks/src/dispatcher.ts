import type { Clock, Logger } from "@orch/core";
import { ChurnMap } from "@orch/core/base";
import { actionContext } from "./action-context.ts";
import { type ActionGate, startOf } from "./action-gate.ts";
import { abortError, type Failure, failed, type Outcome } from "./failure.ts";
import type { LiveTask } from "./live-task.ts";
import type { Isolation } from "./module.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { ResolvedAction } from "./resolved-action.ts";
import type { ResultCache } from "./result-cache.ts";
import { isolationOf, knownAction, locate } from "./run-attempt.ts";
import type { Runner } from "./runner.ts";

/** What the dispatcher tells the loop. */
interface DispatcherEvents {
  /** The code of an attempt has returned. */
  ended(task: LiveTask, attempt: number, outcome: Outcome, durationMs: number): void;
  /** An attempt is past its time; its code still runs. */
  timedOut(task: LiveTask, attempt: number): void;
  /** An attempt says how far it is. */
  readonly progress: (task: LiveTask, fraction: number, text: string) => void;
}

/** What a {@link Dispatcher} needs. */
export interface DispatcherInit {
  readonly registry: ModuleRegistry;
  /** @default everything may be called */
  readonly gate: ActionGate | undefined;
  readonly cache: ResultCache;
  readonly runners: Readonly<Record<Isolation, Runner>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: DispatcherEvents;
}

/** Hands attempts to runners: finds the action, makes the context, watches the time, passes aborts on. */
export class Dispatcher {
  readonly #running = new ChurnMap<LiveTask, AbortController>();
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
    const { clock, events, logger } = this.#init;
    const { attempt } = task;
    const controller = new AbortController();
    this.#running.set(task, controller);
    const began = clock.monotonic();
    const { timeoutMs } = task.spec;
    const stopTimer =
      timeoutMs === null ? null : clock.setTimer(() => events.timedOut(task, attempt), timeoutMs);
    void this.#run(task, controller.signal).then((outcome) => {
      stopTimer?.();
      this.#running.delete(task);
      if (!outcome.ok && outcome.failure.stack !== undefined) {
        const { stack: message } = outcome.failure;
        logger.debug(message, { task: task.spec.name, attempt });
        task.owner.logged?.(task, { attempt, level: "debug", message, fields: {} });
      }
      events.ended(task, attempt, outcome, clock.monotonic() - began);
    });
  }

  /** Whether code of a task runs: what it has come to was not posted yet. */
  runs(task: LiveTask): boolean {
    return this.#running.has(task);
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

  #run(task: LiveTask, signal: AbortSignal): Promise<Outcome> {
    const { module, action, cache } = task.spec;
    const { registry, gate } = this.#init;
    try {
      gate?.(startOf(task));
    } catch (thrown) {
      return Promise.resolve(failed(thrown));
    }
    const found = registry.peek(module, action);
    const known = found && found.definition.run === null ? knownAction(task.spec, registry) : found;
    if (cache) return this.#findAndCall(task, signal, known);
    const resolved = known ?? locate(task.spec, registry);
    return resolved ? this.#call(task, signal, resolved) : this.#findAndCall(task, signal);
  }

  /** The action may have to be loaded first, and may be cached. */
  async #findAndCall(task: LiveTask, signal: AbortSignal, known?: ResolvedAction): Promise<Outcome> {
    const { registry, cache } = this.#init;
    const { module, action, isolation } = task.spec;
    try {
      const resolved = known ?? (await registry.find(module, action, { isolation, signal }));
      // Cancelled meanwhile: its code is not called any more.
      if (signal.aborted) return failed(signal.reason);
      const call = () => this.#call(task, signal, resolved);
      return await (task.spec.cache ? cache.outcomeOf(task, resolved, signal, call) : call());
    } catch (thrown) {
      return failed(thrown);
    }
  }

  #call(task: LiveTask, signal: AbortSignal, resolved: ResolvedAction): Promise<Outcome> {
    const { parameters } = task.spec;
    // Its own names: by an alias a thread or process would not find it.
    const { module, action } = resolved;
    try {
      const runner = this.#init.runners[isolationOf(task.spec, resolved)];
      const { clock, logger, events } = this.#init;
      const context = actionContext(task, { signal, clock, logger, progress: events.progress });
      return runner.run({ module, action, resolved, parameters, context });
    } catch (thrown) {
      return Promise.resolve(failed(thrown));
    }
  }
}
