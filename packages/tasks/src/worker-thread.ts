import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Clock, systemClock } from "@orch/core";
import type Tinypool from "tinypool";
import { failed, failureOf, type Outcome } from "./failure.ts";
import { NoMessage } from "./no-message.ts";
import { hear, MOST_ASKS, requestOf } from "./remote-message.ts";
import type { Attempt } from "./runner.ts";
import type { ThreadExits } from "./thread-exits.ts";
import { type ThreadSaid, threadSaid } from "./thread-said.ts";
import { exitedWithoutResult, workerDied } from "./worker-error.ts";
import { type ThreadLease, type ToThread, taskOf } from "./worker-message.ts";

/** A thread that had nothing to do for this long goes back to the pool. */
const LEASE_IDLE_MS = 100;
/** A channel that closes without the exit of its thread being told: after this long nothing more is waited for. */
const LAST_WORD_MS = 5000;

/** The attempt that the thread runs. */
interface Run {
  readonly attempt: Attempt;
  readonly number: number;
  /** How often it has asked for a part of its context. */
  asks: number;
  /** Null: it has not begun, and the thread is gone. */
  settle(outcome: Outcome | null): void;
}

/**
 * A thread of the pool, leased for one attempt after the other. Everything goes through one channel, which lasts as long
 * as the lease: the pool is asked once, and what code has said is heard before its result. A lease ends when the thread
 * is idle or gone; the next attempt takes a new one.
 */
export class WorkerThread {
  readonly #port: MessagePort;
  readonly #exits: ThreadExits;
  readonly #clock: Clock;
  readonly #answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #begun = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Makes the pool end the thread, and let go of one that exited by itself. */
  readonly #dismissal = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  #state: "starting" | "ready" | "ending" | "over" = "starting";
  /** The pool has given it a thread, which could load what it runs. */
  #wasReady = false;
  /** What it dies of. */
  #cause: { readonly error: unknown } | null = null;
  #released = false;
  /** Code of the running attempt will go on after it: no other one comes into this thread. */
  #spoilt = false;
  #run: Run | null = null;
  #runs = 0;
  #forget = () => {};
  #stopWatching = () => {};

  constructor(pool: Tinypool, exits: ThreadExits, clock: Clock) {
    this.#exits = exits;
    this.#clock = clock;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const lease: ThreadLease = { port: port2, answers: this.#answers, begun: this.#begun };
    port1.on("message", (message: unknown) => this.#hear(message));
    port1.on("messageerror", () => this.fail(new NoMessage("it cannot be decoded")));
    // Only the end of the thread, or of the lease, closes its end of the channel.
    port1.on("close", () => this.#closed());
    // The pool keeps the process alive as long as the lease lasts.
    port1.unref();
    pool.run(lease, { transferList: [port2], signal: this.#dismissal.signal }).catch((error: unknown) => {
      if (!this.#dismissal.signal.aborted) this.fail(error);
      // Without effect when it was sent; else there never was a thread, and nothing else would close the channel.
      port2.close();
    });
  }

  /** Whether it can run an attempt. */
  get alive(): boolean {
    return this.#state === "starting" || this.#state === "ready";
  }

  /** Whether the pool has given it no thread so far. */
  get starting(): boolean {
    return this.#state === "starting";
  }

  /** Resolves when the thread is back in the pool, or gone. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /**
   * Runs an attempt; `settle` is called when its code has ended, or the thread is gone: with null when the thread had been
   * there and none of the code has run. One at a time.
   */
  run(attempt: Attempt, settle: (outcome: Outcome | null) => void): void {
    const run: Run = { attempt, number: ++this.#runs, asks: 0, settle };
    try {
      this.#port.postMessage(taskOf(run.number, requestOf(attempt)));
      this.#run = run;
    } catch (error) {
      // Its parameters are no JSON: nothing was sent. Not from inside, since any number of such may follow each other.
      queueMicrotask(() => settle(failed(error)));
    }
  }

  /** Tells the code of the running attempt to stop. */
  abort(reason: unknown): void {
    if (this.#run === null) return;
    const { message, type, code } = failureOf(reason);
    this.#tell({ type: "abort", number: this.#run.number, reason: { message, type, code } });
  }

  /** The thread could not start, or dies of `error`. */
  fail(error: unknown): void {
    this.#cause = { error };
    if (this.#state === "over") this.#explain();
    else this.#end();
  }

  /** Ends the thread and resolves when it is gone, which takes as long as a native call that it is in. */
  kill(): Promise<void> {
    this.#end();
    return this.over;
  }

  #end(): void {
    if (this.#state === "over") return;
    this.#state = "ending";
    this.#stopWatching();
    this.#released = false;
    // The pool lets go of the thread at once; the process has to wait for its end.
    this.#port.ref();
    this.#dismissal.abort();
  }

  /** Any code in the thread can have changed what is sent: then nothing that follows can be relied on. */
  #hear(message: unknown): void {
    if (this.#cause?.error instanceof NoMessage) return;
    let said: ThreadSaid;
    try {
      said = threadSaid(message);
      if (said.type === "ready" && this.#wasReady) throw new NoMessage("it was ready before");
      if (said.type === "ask" && this.#run && ++this.#run.asks > MOST_ASKS)
        throw new NoMessage("too many asks");
    } catch (error) {
      this.fail(error);
      return;
    }
    if (said.type === "ended") this.#settle(said.outcome);
    else if (said.type === "ready") this.#ready(said.threadId);
    else if (said.type === "spoilt") this.#spoilt = true;
    else if (this.#run) hear(said, this.#run.attempt, (value) => this.#answer(value));
    else if (said.type === "ask") this.#answer(null);
  }

  #ready(threadId: number): void {
    if (this.#state === "starting") this.#state = "ready";
    this.#wasReady = true;
    this.#exits.watch(threadId, () => this.#exited());
    this.#watchIdle(-1);
  }

  /**
   * Gives the thread back when nothing ran since the last look: a timer for each attempt would cost more than the attempt.
   * By the real clock, since threads are real, and in the background: the pool keeps the process as long as the lease lasts.
   */
  #watchIdle(seen: number): void {
    const look = () => {
      if (this.#state !== "ready") return;
      if (this.#run !== null || this.#runs !== seen) this.#watchIdle(this.#runs);
      else this.#release();
    };
    this.#stopWatching = systemClock.setTimer(look, LEASE_IDLE_MS, { background: true });
  }

  #release(): void {
    this.#state = "ending";
    this.#released = true;
    this.#tell({ type: "release" });
  }

  #answer(value: Extract<ToThread, { type: "answer" }>["value"]): void {
    this.#tell({ type: "answer", value });
    Atomics.add(this.#answers, 0, 1);
    Atomics.notify(this.#answers, 0);
  }

  #tell(message: ToThread): void {
    this.#port.postMessage(message);
  }

  #closed(): void {
    const before = this.#state;
    this.#state = "over";
    // Its exit was told before.
    if (before === "over") return;
    if (before === "ending") this.#explain();
    // Of an end that nobody asked for the pool tells the reason, if there is any, with the exit.
    else this.#forget = this.#clock.setTimer(() => this.#explain(), LAST_WORD_MS);
  }

  #exited(): void {
    this.#state = "over";
    this.#hearTheRest();
    // The pool hands on the reason in a promise.
    setImmediate(() => this.#explain());
  }

  /** The exit can be told before what was said earlier: they come by different ways. */
  #hearTheRest(): void {
    try {
      for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
        this.#hear(next.message);
    } catch {
      this.fail(new NoMessage("it cannot be decoded"));
    }
  }

  /** Settles the attempt whose thread is gone. */
  #explain(): void {
    this.#forget();
    if (this.#run !== null) {
      const { attempt, number } = this.#run;
      const { signal } = attempt.context;
      if (this.#wasReady && !signal.aborted && Atomics.load(this.#begun, 0) < number) this.#settle(null);
      else if (this.#cause !== null) this.#settle(failed(workerDied(this.#cause.error, attempt)));
      else if (signal.aborted) this.#settle(failed(signal.reason));
      else this.#settle(failed(exitedWithoutResult(attempt)));
    }
    // A thread that went back to the pool is not concerned: its lease has been settled.
    if (!this.#released) this.#dismissal.abort();
    // Not before: a lease that the pool is asked for while it still has the dead thread would never get one.
    this.#over.resolve();
  }

  #settle(outcome: Outcome | null): void {
    const run = this.#run;
    this.#run = null;
    // Before the place is given to the next attempt.
    if (this.#spoilt) this.#end();
    run?.settle(outcome);
  }
}
