import { type Clock, errorMessage, type Logger, OrchestrationError, type Store, type StoreTransaction } from "@orch/core";
import { type Failure, failureOf } from "./failure.ts";
import type { Instance } from "./instance.ts";
import type { LiveTask } from "./live-task.ts";
import type { Participant } from "./participant.ts";
import type { AttemptEnd, Scheduler } from "./scheduler.ts";
import { type Command, Turn } from "./turn.ts";

/** What one tick takes in at most: bounds the time that it holds the event loop and the store. */
const MAX_INPUTS = 128;
const MAX_STARTS = 128;
/** Another process writes: try again after a random part of this. */
const LOCKED_RETRY_MS = 1.5;
/** The disk refuses: try again after this. */
const FAILED_RETRY_MS = 100;
/** After this long without a commit the loop gives up; what was acknowledged is on disk. */
const GIVE_UP_MS = 5000;

/** Something that happened since the last tick. */
export type Input =
  | ({ readonly type: "attempt_ended" } & AttemptEnd)
  | { readonly type: "attempt_timed_out" | "retry_due"; readonly task: LiveTask; readonly attempt: number }
  | { readonly type: "look_again" }
  | { readonly type: "heartbeat" }
  | { readonly type: "message"; readonly to: Participant; readonly message: unknown };

/** What the loop does outside of its transaction. */
export interface LoopEffects {
  start(task: LiveTask): void;
  abort(task: LiveTask, failure: Failure): void;
  /** The loop cannot go on: nothing more is written or started. */
  failed(error: OrchestrationError): void;
}

/** What a {@link TickLoop} needs. */
export interface TickLoopInit {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly scheduler: Scheduler;
  readonly participants: () => Iterable<Participant>;
  readonly instance: Instance;
  readonly effects: LoopEffects;
  /** Calls back as soon as this turn of the event loop has brought all it brings. */
  readonly soon: (callback: () => void) => void;
}

/**
 * One tick is one transaction: what happened is collected, decided on and committed at once; only then are attempts
 * started, events published and promises settled. So nothing is acknowledged that is not on disk, and the end of one step
 * and the start of the next share a commit. When the store refuses, the same writes are tried again.
 */
export class TickLoop {
  readonly #init: TickLoopInit;
  readonly #inputs: Input[] = [];
  #armed = false;
  /** A turn that was decided and could not be committed: memory is ahead of the disk until it is. */
  #uncommitted: Turn | null = null;
  #refusedSinceMs: number | null = null;
  #cancelRetry: (() => void) | null = null;
  #dead: OrchestrationError | null = null;

  constructor(init: TickLoopInit) {
    this.#init = init;
  }

  /** The error that ended the loop, or null while it lives. */
  get error(): OrchestrationError | null {
    return this.#dead;
  }

  /** Something happened: the next tick, soon, decides on it. Ignored once the loop has ended. */
  post(input: Input): void {
    if (this.#dead) return;
    this.#inputs.push(input);
    this.wake();
  }

  /** A tick is wanted although nothing was posted. */
  wake(): void {
    if (this.#armed || this.#cancelRetry || this.#dead) return;
    this.#armed = true;
    this.#init.soon(() => {
      this.#armed = false;
      this.tick();
    });
  }

  /** Decides on what was posted and commits it. Called by itself; tests may step it by hand. */
  tick(): void {
    if (this.#dead) return;
    const turn = this.#uncommitted ? this.#commitAgain() : this.#decideAndCommit();
    if (turn === null) return;
    this.#refusedSinceMs = null;
    for (const command of turn.commands) this.#carryOut(command);
    if (this.#inputs.length > 0 || startsOf(turn) >= MAX_STARTS) this.wake();
  }

  /** Ends the loop: nothing more is written. */
  close(error: OrchestrationError): void {
    this.#dead ??= error;
    this.#inputs.length = 0;
    this.#cancelRetry?.();
  }

  #decideAndCommit(): Turn | null {
    // Where it stopped: before the state was touched, on the way, or with a whole turn that is not on disk.
    const made: { begun: boolean; turn: Turn | null } = { begun: false, turn: null };
    try {
      this.#init.store.transact((tx) => {
        this.#init.instance.check(tx);
        made.begun = true;
        made.turn = this.#decide(tx);
        writeAll(made.turn, tx);
      });
      this.#init.instance.committed();
      return made.turn;
    } catch (error) {
      if (isStorage(error) && (!made.begun || made.turn !== null)) {
        this.#uncommitted = made.turn;
        this.#refused(error);
      } else this.#die(error);
      return null;
    }
  }

  #commitAgain(): Turn | null {
    const turn = this.#uncommitted;
    if (turn === null) return null;
    try {
      this.#init.store.transact((tx) => {
        this.#init.instance.check(tx);
        writeAll(turn, tx);
      });
      this.#init.instance.committed();
      this.#uncommitted = null;
      return turn;
    } catch (error) {
      if (isStorage(error)) this.#refused(error);
      else this.#die(error);
      return null;
    }
  }

  #decide(store: StoreTransaction): Turn {
    const { clock, scheduler, participants } = this.#init;
    const turn = new Turn({
      at: clock.now(),
      monotonic: clock.monotonic(),
      store,
      submit: (task) => scheduler.submit(task, turn),
      cancel: (task, failure) => scheduler.cancel(task, failure, turn),
    });
    for (const input of this.#inputs.splice(0, MAX_INPUTS)) this.#route(input, turn);
    scheduler.admit(turn, MAX_STARTS);
    for (const participant of participants()) participant.turnEnds(turn);
    return turn;
  }

  #route(input: Input, turn: Turn): void {
    const { scheduler, instance } = this.#init;
    switch (input.type) {
      case "attempt_ended":
        return scheduler.attemptEnded(input, turn);
      case "attempt_timed_out":
        return scheduler.attemptTimedOut(input.task, input.attempt, turn);
      case "retry_due":
        return scheduler.retryDue(input.task, input.attempt, turn);
      case "look_again":
        return scheduler.lookAgain();
      case "heartbeat":
        return instance.beat(turn);
      case "message":
        return input.to.receive(input.message as never, turn);
    }
  }

  #carryOut(command: Command): void {
    const { clock, effects, logger } = this.#init;
    switch (command.type) {
      case "start":
        return effects.start(command.task);
      case "abort":
        return effects.abort(command.task, command.failure);
      case "retry_later": {
        const { task } = command;
        const { attempt } = task;
        clock.setTimer(() => this.post({ type: "retry_due", task, attempt }), command.delayMs);
        return;
      }
      case "look_again":
        clock.setTimer(() => this.post({ type: "look_again" }), command.delayMs);
        return;
      case "call":
        try {
          command.call();
        } catch (error) {
          logger.error(`A listener failed: ${errorMessage(error)}`);
        }
    }
  }

  #refused(error: OrchestrationError): void {
    const { clock, random, logger } = this.#init;
    this.#refusedSinceMs ??= clock.monotonic();
    if (!error.retryable || clock.monotonic() - this.#refusedSinceMs > GIVE_UP_MS) {
      this.#die(error);
      return;
    }
    if (error.code !== "STORE_LOCKED") logger.warn(error.message, { code: error.code });
    this.#cancelRetry = clock.setTimer(
      () => {
        this.#cancelRetry = null;
        this.tick();
      },
      error.code === "STORE_LOCKED" ? random() * LOCKED_RETRY_MS : FAILED_RETRY_MS,
    );
  }

  #die(error: unknown): void {
    const known = error instanceof OrchestrationError ? error : new OrchestrationError(errorMessage(error), { code: "INTERNAL_ERROR", retryable: false, cause: error });
    this.close(known);
    this.#init.logger.error(`The loop has ended: ${known.message}`, { code: known.code, stack: failureOf(error).stack });
    this.#init.effects.failed(known);
  }
}

function writeAll({ writes }: Turn, tx: StoreTransaction): void {
  for (const [key, value] of writes) {
    if (value === undefined) tx.delete(key);
    else tx.put(key, value);
  }
}

const startsOf = ({ commands }: Turn): number => commands.filter(({ type }) => type === "start").length;

const STORAGE_CODES: ReadonlySet<string> = new Set(["STORAGE_ERROR", "STORE_LOCKED", "STORE_CORRUPT"]);
const isStorage = (error: unknown): error is OrchestrationError => error instanceof OrchestrationError && STORAGE_CODES.has(error.code);
