import { type Clock, type Logger, memoryStore, newId, noopLogger, OrchestrationError, type Store, systemClock } from "@orch/core";
import { type CompiledDemand, Ledger } from "@orch/resources";
import { defaultModuleRegistry } from "./default-registry.ts";
import { Dispatcher } from "./dispatcher.ts";
import { TaskCancelledError } from "./errors.ts";
import { failureOf } from "./failure.ts";
import { inlineRunner } from "./inline-runner.ts";
import { HEARTBEAT_MS, Instance } from "./instance.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { Participant } from "./participant.ts";
import { type ProcessProbe, systemProbe } from "./process-identity.ts";
import { demandOf, type TaskResource } from "./task-resource.ts";
import { Scheduler } from "./scheduler.ts";
import { TickLoop } from "./tick-loop.ts";
import { WorkerRunner } from "./worker-runner.ts";

/** What a {@link TaskRuntime} is made of; every part has a default. */
export interface TaskRuntimeOptions {
  /** Where everything is recorded. @default a memory store */
  readonly store?: Store;
  /** @default the registry with the built-in module and what was registered in `defaultModuleRegistry` */
  readonly modules?: ModuleRegistry;
  /** Actions running at once, at least 1. @default 4 */
  readonly maxWorkers?: number;
  /** Who may use how much of what. @default an empty one: only plain locks can be granted */
  readonly ledger?: Ledger;
  readonly clock?: Clock;
  /** Uniform in [0, 1): the jitter of retries. */
  readonly random?: () => number;
  readonly logger?: Logger;
  readonly probe?: ProcessProbe;
}

/** How long {@link TaskRuntime.stop} waits for running code before and after it is told to stop. */
const ABORT_GRACE_MS = 5000;

/** The loop with everything around it: what the orchestrator of tasks and the manager of workflows both work on. */
export class TaskRuntime {
  readonly store: Store;
  readonly modules: ModuleRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly instance: Instance;
  readonly probe: ProcessProbe;
  readonly #scheduler: Scheduler;
  readonly #dispatcher: Dispatcher;
  readonly #loop: TickLoop;
  readonly #worker: WorkerRunner;
  readonly #participants = new Set<Participant>();
  readonly #idle = new Set<() => void>();
  #heartbeat: (() => void) | null = null;

  constructor(options: TaskRuntimeOptions = {}) {
    const { random = Math.random, maxWorkers = 4 } = options;
    this.store = options.store ?? memoryStore();
    this.modules = options.modules ?? defaultModuleRegistry;
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? noopLogger;
    this.ledger = options.ledger ?? new Ledger();
    this.probe = options.probe ?? systemProbe();
    this.instance = new Instance(newId(), this.probe.self);
    this.#worker = new WorkerRunner({ clock: this.clock });
    this.#scheduler = new Scheduler({ limit: maxWorkers, ledger: this.ledger });
    this.#dispatcher = this.#makeDispatcher(random);
    this.#loop = this.#makeLoop(random);
  }

  /** Attempts whose code runs now. */
  get running(): number {
    return this.#dispatcher.running;
  }

  /** Who may submit tasks from now on. */
  attach(participant: Participant): void {
    this.#participants.add(participant);
  }

  /** What a task with these resources asks of the ledger; null for none. Throws INVALID_PARAMETERS. */
  demandOf(resources: readonly TaskResource[]): CompiledDemand | null {
    const demand = demandOf(resources);
    return demand && this.ledger.compileDemand(demand);
  }

  /** Hands a message to a participant in the next tick. Throws when the loop has ended. */
  post(to: Participant, message: unknown): void {
    if (this.#loop.error) throw this.#loop.error;
    this.#loop.post({ type: "message", to, message });
    this.#beat();
  }

  /** One step of the loop by hand, for tests with a manual clock. */
  tick(): void {
    this.#loop.tick();
  }

  /** Starts no new attempts until {@link resume}. */
  pause(): void {
    this.#scheduler.stop();
  }

  /** Takes back {@link pause}. */
  resume(): void {
    this.#scheduler.resume();
    this.#loop.wake();
  }

  /** Starts nothing new, waits up to `graceMs` for running code, then tells it to stop and waits a little longer. */
  async stop(graceMs: number): Promise<void> {
    this.pause();
    if (await this.#drained(graceMs)) return;
    this.#dispatcher.abortAll(failureOf(new TaskCancelledError("Shutting down")));
    if (!(await this.#drained(ABORT_GRACE_MS))) this.logger.warn(`${this.running} actions did not stop when they were told to`);
  }

  /** Ends everything. Work that has not ended is found in the store and can be taken over. Closes the store. */
  async close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    if (!this.#loop.error) await this.stop(graceMs);
    this.#heartbeat?.();
    this.#loop.close(shutDown());
    await this.#worker.close();
    try {
      // With code still running this process is not gone yet: its record says so.
      if (this.running === 0) this.instance.leave(this.store);
    } catch (error) {
      this.logger.debug("The record of this process stays behind", { error: String(error) });
    }
    this.store.close();
  }

  #makeDispatcher(random: () => number): Dispatcher {
    return new Dispatcher({
      registry: this.modules,
      runners: { inline: inlineRunner, worker: this.#worker },
      clock: this.clock,
      logger: this.logger,
      events: {
        ended: (task, attempt, outcome, durationMs) => {
          this.#loop.post({ type: "attempt_ended", task, attempt, outcome, durationMs, chance: random() });
          if (this.running === 0) for (const resolve of this.#idle) resolve();
        },
        timedOut: (task, attempt) => this.#loop.post({ type: "attempt_timed_out", task, attempt }),
        progress: (task, fraction, text) => task.owner.progressed(task, fraction, text),
      },
    });
  }

  #makeLoop(random: () => number): TickLoop {
    return new TickLoop({
      store: this.store,
      clock: this.clock,
      random,
      logger: this.logger,
      scheduler: this.#scheduler,
      participants: () => this.#participants,
      instance: this.instance,
      soon: setImmediate,
      effects: {
        start: (task) => this.#dispatcher.start(task),
        abort: (task, failure) => this.#dispatcher.abort(task, failure),
        failed: (error) => {
          this.#dispatcher.abortAll(failureOf(error));
          for (const participant of this.#participants) participant.loopFailed(error);
        },
      },
    });
  }

  /** Says once a second that this process lives, as long as it has something to do. */
  #beat(): void {
    if (this.#heartbeat) return;
    this.#heartbeat = this.clock.setTimer(() => {
      this.#heartbeat = null;
      if (this.#scheduler.unfinished === 0 || this.#loop.error) return;
      this.#loop.post({ type: "heartbeat" });
      this.#beat();
    }, HEARTBEAT_MS);
  }

  /** Whether no code runs any more, after `ms` at the latest. */
  async #drained(ms: number): Promise<boolean> {
    if (this.running === 0) return true;
    if (ms <= 0) return false;
    await new Promise<void>((resolve) => {
      const done = () => {
        stopTimer();
        this.#idle.delete(done);
        resolve();
      };
      const stopTimer = this.clock.setTimer(done, ms);
      this.#idle.add(done);
    });
    // What ended last is in the next tick.
    this.tick();
    return this.running === 0;
  }
}

const shutDown = (): OrchestrationError =>
  new OrchestrationError("Shut down: new work is refused", {
    code: "EXECUTOR_SHUTDOWN",
    retryable: false,
    suggestions: ["Make a new engine."],
  });
