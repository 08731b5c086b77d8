import { type Clock, errorMessage } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";

/** How often it is looked for what other processes have done, as for executions. */
const POLL_MS = 250;

/** What a {@link SessionWatch} works with. */
export interface SessionWatchInit {
  readonly clock: Clock;
  readonly runtime: () => TaskRuntime;
  /** Called when another process has written something; whether there is anything left to look for. */
  readonly look: () => boolean;
}

/** Finds what other processes do to sessions that are used here: that they are paused, resumed, or closed. */
export class SessionWatch {
  readonly #init: SessionWatchInit;
  #seen: number | null = null;
  #isStopped = false;
  /** Undoes the timer; null while nothing is looked for. */
  #undo: (() => void) | null = null;

  constructor(init: SessionWatchInit) {
    this.#init = init;
  }

  /** Looks from now on, until there is nothing left to look for. */
  start(): void {
    if (this.#undo !== null || this.#isStopped) return;
    this.#undo = this.#init.clock.setTimer(() => this.#look(), POLL_MS, { background: true });
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#undo?.();
    this.#undo = null;
  }

  #look(): void {
    this.#undo = null;
    const { error, store, logger } = this.#init.runtime();
    if (error !== null) return;
    try {
      const version = store.foreignVersion();
      const isNews = version !== this.#seen;
      this.#seen = version;
      if (isNews && !this.#init.look()) return;
    } catch (failure) {
      // The store refuses to be read: it is looked again.
      logger.debug("Sessions were not looked at", { error: errorMessage(failure) });
    }
    this.start();
  }
}
