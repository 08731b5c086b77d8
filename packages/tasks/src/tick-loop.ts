import { errorMessage, isMemoryStore, OrchestrationError, type StoreTransaction } from "@orch/core";
import { Ring } from "@orch/dag";
import { failureOf } from "./failure.ts";
import type { Input } from "./input.ts";
import { fenced } from "./instance.ts";
import { tellOthers } from "./share-ledger.ts";
import { Alarm } from "./soon.ts";
import type { TickLoopInit } from "./tick-loop-init.ts";
import { Timers } from "./timers.ts";
import { type Command, Turn } from "./turn.ts";

/** What one tick takes in at most: bounds the time that it holds the event loop and the store. */
const MAX_INPUTS = 256;
/** Ready tasks that one tick looks at. */
const MAX_LOOKS = 128;
/** Another process writes: try again after a random part of this. */
const LOCKED_RETRY_MS = 1.5;
/** The disk refuses: try again after this. */
const FAILED_RETRY_MS = 100;
/** After this long without a commit the loop gives up; what was acknowledged is on disk. */
const GIVE_UP_MS = 5000;
/** More than this between two refusals does not count: a machine that slept has not been refused all the while. */
const LONGEST_STEP_MS = 250;

/** A timer that belongs to no task. */
type OwnTimer = "commit again" | "look again";

/**
 * One tick is one transaction: what happened is collected, decided on and committed at once; only then are attempts
 * started, events published and promises settled. So nothing is acknowledged that is not on disk, and the end of one step
 * and the start of the next share a commit.
 *
 * When the store refuses before anything was decided, nothing has happened: the tick is tried again later. When it
 * refuses the commit, memory is ahead of the disk: nothing is dispatched or told, and the same writes are tried again.
 * After five seconds of that, or when trying again cannot help, the loop ends, and with it every promise that waits.
 */
export class TickLoop {
  readonly #init: TickLoopInit;
  readonly #isVolatile: boolean;
  readonly #inputs = new Ring<Input>();
  /** What running code is waiting for: it does not wait behind thousands of new tasks. Few at a time. */
  #first: Input[] = [];
  readonly #timers: Timers<object | OwnTimer>;
  readonly #alarm: Alarm;
  /** Ready tasks are left that the last tick did not look at. */
  #left = false;
  /** A turn that was decided and could not be committed. */
  #uncommitted: Turn | null = null;
  /** When the store refused last, on the monotonic clock, and for how long it has been asked by then; null while it does not. */
  #refusal: { readonly atMs: number; readonly forMs: number } | null = null;
  #dead: OrchestrationError | null = null;
  /** A tick is on its way: what is called from inside of it waits for the next one. */
  #isTicking = false;

  constructor(init: TickLoopInit) {
    this.#init = init;
    this.#isVolatile = isMemoryStore(init.store);
    this.#timers = new Timers(init.clock);
    const call = () => {
      if (this.#refusal === null) this.tick();
    };
    this.#alarm = new Alarm(call, init.soon, init.sooner);
  }

  /** The error that ended the loop, or null while it lives. */
  get error(): OrchestrationError | null {
    return this.#dead;
  }

  /** Whether something was posted that is not decided and on disk. */
  get pending(): boolean {
    return this.#hasInputs || this.#uncommitted !== null;
  }

  /** Whether there is nothing to decide: all that can start has started. */
  get rests(): boolean {
    return !this.pending && !this.#left && !this.#dead;
  }

  /** Whether the store refused the last tick: it is offered again after a while. */
  get refused(): boolean {
    return this.#refusal !== null && this.#dead === null;
  }

  /**
   * Something happened: the next tick, soon, decides on it; sooner when nothing more can be waited for. Ignored once the
   * loop has ended.
   */
  post(input: Input, isHurried = false): void {
    if (this.#dead) return;
    this.#inputs.push(input);
    if (this.#refusal !== null) return;
    if (isHurried) this.#alarm.hurry();
    else this.#alarm.ring();
  }

  /** The same for what goes before all that was posted and is not decided yet. */
  postFirst(input: Input): void {
    if (this.#dead) return;
    this.#first.push(input);
    this.wake();
  }

  /** A tick is wanted although nothing was posted. While the store refuses, the next attempt is waited for. */
  wake(): void {
    if (this.#refusal === null && !this.#dead) this.#alarm.ring();
  }

  /** Decides on what was posted, at once where that can be: not from inside of a tick, nor while the store refuses. */
  tickNow(): void {
    if (!this.#isTicking && this.#refusal === null) this.tick();
  }

  /** Decides on what was posted and commits it. Called by itself; tests may step it by hand. */
  tick(): void {
    if (this.#dead) return;
    this.#isTicking = true;
    try {
      const turn = this.#uncommitted ? this.#commitAgain(this.#uncommitted) : this.#decideAndCommit();
      if (turn === null) return;
      if (this.#refusal !== null) this.#timers.clear("commit again");
      this.#refusal = null;
      for (const command of turn.commands) this.#carryOut(command);
      if (this.#hasInputs || this.#left) this.wake();
    } finally {
      this.#isTicking = false;
    }
  }

  /** Ends the loop: nothing more is written, no timer is left. The first error counts. */
  close(error: OrchestrationError): void {
    if (this.#dead) return;
    this.#dead = error;
    this.#inputs.clear();
    this.#first = [];
    this.#timers.clearAll();
    this.#init.effects.ended(error);
  }

  get #hasInputs(): boolean {
    return this.#inputs.length > 0 || this.#first.length > 0;
  }

  #decideAndCommit(): Turn | null {
    // Where it stopped: before the state was touched, on the way, or with a whole turn that is not on disk.
    const made: { begun: boolean; turn: Turn | null } = { begun: false, turn: null };
    try {
      this.#init.store.transact((tx) => {
        this.#check(tx);
        made.begun = true;
        made.turn = this.#decide(tx);
        made.turn.writeTo(tx);
      });
      this.#committed();
      return made.turn;
    } catch (error) {
      if (isStorage(error) && (!made.begun || made.turn !== null)) {
        this.#uncommitted = made.turn;
        this.#refused(error);
      } else this.#die(error);
      return null;
    }
  }

  #commitAgain(turn: Turn): Turn | null {
    try {
      this.#init.store.transact((tx) => {
        this.#check(tx);
        // Memory is ahead of the disk: what cannot be written any more cannot be undone either.
        if (!turn.holds(tx)) throw fenced(this.#init.instance.id);
        turn.writeTo(tx);
      });
      this.#committed();
      this.#uncommitted = null;
      return turn;
    } catch (error) {
      if (isStorage(error)) this.#refused(error);
      else this.#die(error);
      return null;
    }
  }

  #committed(): void {
    this.#init.instance.committed();
    this.#init.others.wrote();
  }

  #check(tx: StoreTransaction): void {
    const { instance, others } = this.#init;
    // Runtimes that share a memory store write to it without a version that tells.
    instance.check(tx, this.#isVolatile ? null : others.now());
  }

  #decide(store: StoreTransaction): Turn {
    const { clock, scheduler, participants } = this.#init;
    const turn = new Turn({ at: clock.now(), monotonic: clock.monotonic(), store }, scheduler);
    if (this.#first.length > 0) for (const input of this.#first.splice(0)) this.#route(input, turn);
    for (let taken = 0; taken < MAX_INPUTS; taken++) {
      const input = this.#inputs.shift();
      if (input === undefined) break;
      this.#route(input, turn);
    }
    this.#left = scheduler.admit(turn, MAX_LOOKS);
    tellOthers(this.#init.ledger, turn);
    turn.writeRecords();
    for (const participant of participants()) participant.turnEnds(turn);
    return turn;
  }

  #route(input: Input, turn: Turn): void {
    const { scheduler, instance } = this.#init;
    switch (input.type) {
      case "attempt_ended":
        scheduler.attemptEnded(input, turn);
        return;
      case "attempt_timed_out":
        scheduler.attemptTimedOut(input.task, input.attempt, turn);
        return;
      case "grace_over":
        scheduler.graceOver(input.task, input.attempt, turn);
        return;
      case "retry_due":
        scheduler.retryDue(input.task, input.attempt, turn);
        return;
      case "wait_over":
        scheduler.waitOver(input.task, input.sequence, turn);
        return;
      case "cancel":
        scheduler.cancel(input.task, input.failure, turn);
        return;
      case "look_again":
        scheduler.lookAgain();
        return;
      case "heartbeat":
        instance.beat(turn);
        return;
      case "message":
        input.to.receive(input.message as never, turn);
        return;
    }
  }

  #carryOut(command: Command): void {
    // A listener may have closed the loop on the way.
    if (this.#dead && command.type !== "call") return;
    switch (command.type) {
      case "start":
        this.#init.effects.start(command.task);
        return;
      case "abort":
        this.#init.effects.abort(command.task, command.failure);
        return;
      case "post_later":
        this.#timers.set(command.task, command.delayMs, () => this.post(command.input));
        return;
      case "post_nothing":
        this.#timers.clear(command.task);
        return;
      case "look_again":
        this.#timers.setSooner("look again", command.delayMs, () => this.post({ type: "look_again" }));
        return;
      case "call":
        this.#call(command.call);
        return;
    }
  }

  #call(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#init.logger.error(`A listener failed: ${errorMessage(error)}`);
    }
  }

  #refused(error: OrchestrationError): void {
    const { clock, random, logger } = this.#init;
    const atMs = clock.monotonic();
    const last = this.#refusal ?? { atMs, forMs: 0 };
    const forMs = last.forMs + Math.min(atMs - last.atMs, LONGEST_STEP_MS);
    this.#refusal = { atMs, forMs };
    if (!error.retryable || forMs > GIVE_UP_MS) {
      this.#die(this.#init.explained(error));
      return;
    }
    if (error.code !== "STORE_LOCKED") logger.warn(error.message, { code: error.code });
    this.#timers.set(
      "commit again",
      error.code === "STORE_LOCKED" ? random() * LOCKED_RETRY_MS : FAILED_RETRY_MS,
      () => this.tick(),
    );
  }

  #die(error: unknown): void {
    const known = error instanceof OrchestrationError ? error : unexpected(error);
    this.#init.logger.error(`The loop has ended: ${known.message}`, {
      code: known.code,
      stack: failureOf(error).stack,
    });
    this.close(known);
  }
}

const unexpected = (cause: unknown): OrchestrationError =>
  new OrchestrationError(errorMessage(cause), { code: "INTERNAL_ERROR", retryable: false, cause });

const STORAGE_CODES: ReadonlySet<string> = new Set(["STORAGE_ERROR", "STORE_LOCKED", "STORE_CORRUPT"]);
const isStorage = (error: unknown): error is OrchestrationError =>
  error instanceof OrchestrationError && STORAGE_CODES.has(error.code);
