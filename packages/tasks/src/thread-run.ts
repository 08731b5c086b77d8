import type { Clock } from "@orch/core";
import { failed, type Outcome } from "./failure.ts";
import type { Attempt } from "./runner.ts";
import { exitedWithoutResult } from "./worker-error.ts";
import type { WorkerThread } from "./worker-thread.ts";

/** So many threads may die before the attempt has begun in one of them. */
const MOST_THREADS_LOST = 3;

/** What a {@link ThreadRun} is made of. */
interface ThreadRunInit {
  readonly attempt: Attempt;
  readonly clock: Clock;
  /** How long its code may take to stop, milliseconds. */
  readonly graceMs: number;
  readonly ended: (outcome: Outcome) => void;
}

/** An attempt on its way through a thread: it waits for a place, runs, and is told to stop when its signal aborts. */
export class ThreadRun {
  readonly #init: ThreadRunInit;
  #thread: WorkerThread | null = null;
  #stopGrace: (() => void) | null = null;
  /** Gives its place to the next one; null while it has none. */
  giveBack: (() => void) | null = null;
  /** It waits for a place no more. */
  leave = () => {};
  /** Runs it in a new thread of its place. */
  renew = () => {};
  #threadsLost = 0;

  constructor(init: ThreadRunInit) {
    this.#init = init;
    init.attempt.context.signal.addEventListener("abort", this, { once: true });
  }

  startIn(thread: WorkerThread): void {
    const { attempt } = this.#init;
    this.#thread = thread;
    thread.run(attempt, (outcome) => {
      if (outcome !== null) this.end(outcome);
      else this.#runElsewhere();
    });
    if (attempt.context.signal.aborted) this.handleEvent();
  }

  /** The thread died of what earlier code had left in it, before this attempt began. */
  #runElsewhere(): void {
    this.#threadsLost += 1;
    if (this.#threadsLost < MOST_THREADS_LOST) this.renew();
    else this.end(failed(exitedWithoutResult(this.#init.attempt)));
  }

  /** The signal has aborted. */
  handleEvent(): void {
    const { attempt, clock, graceMs } = this.#init;
    const { reason } = attempt.context.signal;
    const thread = this.#thread;
    if (this.giveBack === null) {
      this.leave();
      this.end(failed(reason));
    } else if (thread) {
      thread.abort(reason);
      this.#stopGrace = clock.setTimer(() => void thread.kill(), graceMs);
    }
  }

  /** The next attempt is on its way to the thread before this one is told: the thread need not sleep in between. */
  end(outcome: Outcome): void {
    this.#stopGrace?.();
    this.#init.attempt.context.signal.removeEventListener("abort", this);
    this.giveBack?.();
    this.#init.ended(outcome);
  }
}
