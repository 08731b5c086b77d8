import {
  type Clock,
  errorMessage,
  isMemoryStore,
  type Logger,
  memoryStore,
  newId,
  noopLogger,
  type OrchestrationError,
  type Store,
  sleep,
  systemClock,
} from "@orch/core";
import { needDuration, needOptions } from "@orch/core/base";
import type { CompiledDemand, Ledger, SharedLedger } from "@orch/resources";
import type { ActionGate } from "./action-gate.ts";
import { boundedChance } from "./chance.ts";
import { registryOf } from "./default-registry.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Drain } from "./drain.ts";
import { Elsewhere } from "./elsewhere.ts";
import { instanceEnded } from "./ended-instances.ts";
import { shutDown, TaskCancelledError } from "./errors.ts";
import { type Failure, failureOf } from "./failure.ts";
import { GroupBook } from "./group-book.ts";
import { HEARTBEAT_MS, Instance, readInstance } from "./instance.ts";
import type { LiveTask } from "./live-task.ts";
import { withHolders } from "./lock-holders.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { Participant } from "./participant.ts";
import { type ProcessProbe, systemProbe } from "./process-identity.ts";
import { ResultCache } from "./result-cache.ts";
import { Runners } from "./runners.ts";
import { Scheduler } from "./scheduler.ts";
import { NO_SESSIONS, type SessionPort } from "./session-port.ts";
import { shareLedger } from "./share-ledger.ts";
import { soonInNextTurn, soonInThisTurn } from "./soon.ts";
import { demandOf, type TaskResource } from "./task-resource.ts";
import { readRuntimeOptions, type TaskRuntimeOptions } from "./task-runtime-options.ts";
import { TickLoop } from "./tick-loop.ts";

/** While the store refuses, what was posted is offered again this often when everything ends. */
const FLUSH_RETRY_MS = 10;

const CLOSE_OPTIONS = { graceMs: true };

/** The loop with everything around it: what the orchestrator of tasks and the manager of workflows both work on. */
export class TaskRuntime {
  readonly store: Store;
  readonly modules: ModuleRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly instance: Instance;
  /** From 0 to 1, for delays. */
  readonly random: () => number;
  /** Results of tasks that are cached. */
  readonly cache: ResultCache;
  readonly probe: ProcessProbe;
  readonly sessions: SessionPort;
  /** Tasks that are not in memory. @internal */
  readonly elsewhere: Elsewhere;
  /** The ledger with what other processes hold of it. @internal */
  readonly shared: SharedLedger;
  /** @internal */
  readonly scheduler: Scheduler;
  readonly #dispatcher: Dispatcher;
  readonly #loop: TickLoop;
  readonly #runners: Runners;
  readonly #participants = new Set<Participant>();
  readonly #onEnd = new Set<(error: OrchestrationError) => void>();
  readonly #drain: Drain;
  #heartbeat: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  /** Throws INVALID_PARAMETERS for parts that are none. */
  constructor(given: TaskRuntimeOptions = {}) {
    const options = readRuntimeOptions(given);
    const { maxWorkers = 4 } = options;
    this.store = options.store ?? memoryStore();
    this.modules = options.modules ?? registryOf();
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? noopLogger;
    this.random = options.random ? boundedChance(options.random, this.logger) : Math.random;
    this.probe = options.probe ?? systemProbe();
    this.sessions = options.sessions ?? NO_SESSIONS;
    this.instance = new Instance(newId(), this.probe.self);
    this.elsewhere = new Elsewhere(this.store, this.instance.id);
    this.shared = shareLedger(options, this);
    this.shared.onFreed(() => this.lookAgain());
    this.ledger = this.shared.ledger;
    this.cache = new ResultCache({ store: this.store, clock: this.clock, logger: this.logger });
    const book = new GroupBook(this.instance, (to, message) =>
      this.#loop.post({ type: "message", to, message }),
    );
    this.#runners = new Runners(options.runners, this.clock, isMemoryStore(this.store) ? null : book);
    this.scheduler = new Scheduler({
      limit: maxWorkers,
      ledger: this.shared,
      onFreed: options.onFreed,
      stopGraceMs: this.#runners.stopGraceMs,
    });
    this.#dispatcher = this.#makeDispatcher(options.gate);
    this.#loop = this.#makeLoop();
    this.#drain = new Drain(this.clock, () => this.running === 0);
  }

  /** Attempts whose code runs now. */
  get running(): number {
    return this.#dispatcher.running;
  }

  /** The tasks whose code runs now. @internal */
  get attempts(): readonly LiveTask[] {
    return this.#dispatcher.tasks();
  }

  /** Who may submit tasks from now on. */
  attach(participant: Participant): void {
    this.#participants.add(participant);
  }

  /** Calls `listener` when the loop ends, with why: nothing that was posted happens any more. Returns the undo. */
  onEnd(listener: (error: OrchestrationError) => void): () => void {
    this.#onEnd.add(listener);
    return () => void this.#onEnd.delete(listener);
  }

  /** What a task with these resources asks of the ledger, in its session if it has one; null for nothing. Throws INVALID_PARAMETERS. */
  demandOf(resources: readonly TaskResource[], sessionId: string | null = null): CompiledDemand | null {
    const parts = demandOf(resources) ?? [];
    const demand = sessionId === null ? parts : this.sessions.demandIn(sessionId, parts, "step");
    return demand.length === 0 ? null : this.ledger.compileDemand(demand);
  }

  /** Takes into the ledger what other processes hold now. */
  syncLedger(): void {
    this.shared.sync();
  }

  /** The other processes that wait for a resource or lock, in the order in which it is their turn. @internal */
  waitingElsewhere(name: string): { readonly instance: string; readonly pid: number | null }[] {
    const instances = this.shared.waitingFor(name);
    return instances.map((instance) => ({ instance, pid: readInstance(instance, this.store)?.pid ?? null }));
  }

  /** Somebody else gave something back in the ledger: tasks that wait for resources are looked at again. */
  lookAgain(): void {
    if (!this.idle) this.#loop.post({ type: "look_again" });
  }

  /** Hands a message to a participant in the next tick. Throws when the loop has ended. */
  post(to: Pick<Participant, "receive">, message: unknown): void {
    if (this.#loop.error) throw this.#loop.error;
    this.#loop.post({ type: "message", to, message });
    if (this.#heartbeat === null) this.#beat();
  }

  /**
   * The same before all that was posted, and at once: it is committed when this returns, unless another process holds the
   * store or this is called from inside of a tick.
   */
  postNow(to: Pick<Participant, "receive">, message: unknown): void {
    if (this.#loop.error) throw this.#loop.error;
    this.#loop.postFirst({ type: "message", to, message });
    if (this.#heartbeat === null) this.#beat();
    this.#loop.tickNow();
  }

  /**
   * Cancels a task in the next tick, before anything else is decided, when its code runs; false when none does. Throws when
   * the loop has ended.
   */
  cancelRunning(task: LiveTask, failure: Failure): boolean {
    if (this.#loop.error) throw this.#loop.error;
    if (!this.#dispatcher.runs(task)) return false;
    this.#loop.postFirst({ type: "cancel", task, failure });
    return true;
  }

  /** One step of the loop by hand, for tests with a manual clock. */
  tick(): void {
    this.#loop.tick();
  }

  /** Starts no new attempts until {@link resume}. */
  pause(): void {
    this.scheduler.stop();
  }

  /** Takes back {@link pause}; nothing happens when there is nothing to take back. */
  resume(): void {
    if (!this.scheduler.stopped) return;
    this.scheduler.resume();
    if (this.idle) return;
    this.#loop.wake();
    if (this.#heartbeat === null) this.#beat();
  }

  /** The error that ended the loop, or null while it lives. */
  get error(): OrchestrationError | null {
    return this.#loop.error;
  }

  /** The error of calls after {@link close}, when the store is not to be read any more; null before, whatever ended the loop. */
  get closing(): OrchestrationError | null {
    const { error } = this.#loop;
    return this.#closed && error ? error : null;
  }

  /** Whether something was posted that is not decided and in the store. */
  get pending(): boolean {
    return this.#loop.pending;
  }

  /** Whether the store refused the last tick: it is offered again after a while. */
  get refused(): boolean {
    return this.#loop.refused;
  }

  /** Whether nothing runs, is ready or delayed, and nothing was posted: what has not ended waits for something from outside. */
  get idle(): boolean {
    return this.scheduler.unfinished === 0 && !this.#loop.pending;
  }

  /** Whether nothing waits to be decided, and all that can start has started. @internal */
  get rests(): boolean {
    return this.#loop.rests;
  }

  /** Starts nothing new, waits up to `graceMs` for running code, then cancels its tasks and waits a little longer. */
  async stop(graceMs: number): Promise<void> {
    needDuration("timeoutMs", graceMs);
    this.pause();
    const drained = await this.#drain.wait(graceMs);
    // What was decided before may start with the commit that was refused.
    await this.#flush();
    if (drained && this.running === 0) return;
    const failure = failureOf(new TaskCancelledError("Cancelled, because the execution was stopped"));
    for (const task of this.#dispatcher.tasks()) this.#loop.post({ type: "cancel", task, failure });
    await this.#flush();
    await this.#abortAndWait(failure);
    await this.#flush();
  }

  /**
   * Ends everything: starts nothing new, waits up to `graceMs` for running code, then tells it to stop and ends threads.
   * What has not ended then stays in the store as it was, as after a crash, and can be taken over. Whoever waits is
   * rejected with EXECUTOR_SHUTDOWN. Closes the store. Closing twice is fine. Rejects with INVALID_PARAMETERS, closing nothing.
   */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    needOptions("the options of close", options, CLOSE_OPTIONS);
    const { graceMs = 0 } = options;
    needDuration("graceMs", graceMs);
    this.#closed ??= this.#close(graceMs);
    await this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.pause();
    await this.#drain.wait(graceMs);
    await this.#flush();
    this.#loop.close(shutDown());
    await this.#abortAndWait(failureOf(shutDown()));
    await this.#runners.close();
    try {
      // With code still running this process is not gone yet: its record says so.
      if (this.running === 0) this.instance.leave(this.store, (tx) => this.shared.leave(tx));
    } catch (error) {
      this.logger.debug("The record of this process stays behind", { error: errorMessage(error) });
    }
    this.store.close();
  }

  /** Resolves when everything that was posted is on disk, or the loop has given up. */
  async #flush(): Promise<void> {
    while (this.#loop.pending && !this.#loop.error) {
      this.#loop.tick();
      if (this.#loop.refused) await sleep(FLUSH_RETRY_MS, { clock: this.clock });
    }
  }

  async #abortAndWait(failure: Failure): Promise<void> {
    if (this.running === 0) return;
    this.#dispatcher.abortAll(failure);
    if (!(await this.#drain.wait(this.#runners.abortGraceMs)))
      this.logger.warn(`${this.running} actions did not stop when they were told to`);
  }

  #makeDispatcher(gate: ActionGate | undefined): Dispatcher {
    return new Dispatcher({
      registry: this.modules,
      gate,
      cache: this.cache,
      runners: this.#runners,
      clock: this.clock,
      logger: this.logger,
      events: {
        ended: (task, attempt, outcome, durationMs) => {
          if (this.#loop.error) this.#giveBack(task);
          const chance = this.random();
          // No attempt runs any more: what was posted need not wait for what others bring.
          const isLast = this.running === 0;
          this.#loop.post({ type: "attempt_ended", task, attempt, outcome, durationMs, chance }, isLast);
          const message = this.cache.messageFor(task, outcome);
          if (message) this.#loop.post({ type: "message", to: this.cache, message });
          if (!isLast) return;
          if (this.#closed) instanceEnded(this.instance.id);
          this.#drain.reached();
        },
        timedOut: (task, attempt) => this.#loop.post({ type: "attempt_timed_out", task, attempt }),
        progress: (task, fraction, text) => task.owner.progressed(task, fraction, text),
      },
    });
  }

  #makeLoop(): TickLoop {
    const sooner = soonInThisTurn(this.clock);
    return new TickLoop({
      store: this.store,
      clock: this.clock,
      random: this.random,
      logger: this.logger,
      scheduler: this.scheduler,
      ledger: this.shared,
      participants: () => this.#participants,
      instance: this.instance,
      others: this.elsewhere.others,
      explained: (error) => withHolders(error, this),
      soon: isMemoryStore(this.store) ? sooner : soonInNextTurn,
      sooner,
      effects: {
        start: (task) => {
          // Decided before the end began, committed after: its record says that it runs, as after a crash.
          if (this.#closed) this.#giveBack(task);
          else this.#dispatcher.start(task);
        },
        abort: (task, failure) => this.#dispatcher.abort(task, failure),
        ended: (error) => {
          this.#heartbeat?.();
          this.shared.close();
          this.#dispatcher.abortAll(failureOf(error));
          for (const participant of this.#participants) participant.loopFailed(error);
          for (const listener of [...this.#onEnd]) listener(error);
        },
      },
    });
  }

  /** The loop has ended before the code has: nothing is recorded any more, but others may use the same ledger. */
  #giveBack(task: LiveTask): void {
    if (task.grant) this.shared.release(task.grant, this.clock.monotonic());
    task.grant = null;
  }

  /** Says once a second that this process lives, as long as it has work; while it only has tasks that wait, if it lives. */
  #beat(background = false): void {
    if (this.#heartbeat || this.#loop.error) return;
    const beat = () => {
      this.#heartbeat = null;
      const all = [...this.#participants];
      const { unfinished, stopped } = this.scheduler;
      const works = this.running > 0 || (unfinished > 0 && !stopped) || all.some((each) => each.isBusy);
      if (this.#loop.error || !(works || all.some((each) => each.isWaiting))) return;
      this.#loop.post({ type: "heartbeat" });
      this.#beat(!works);
    };
    this.#heartbeat = this.clock.setTimer(beat, HEARTBEAT_MS, { background });
  }
}
