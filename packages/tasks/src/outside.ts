import { errorMessage } from "@orch/core";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus } from "./task-status.ts";

/** How often is looked whether another process has written, while something of it is waited for. */
const POLL_MS = 250;

/** What {@link Outside} works with. */
interface OutsideInit {
  readonly runtime: Pick<TaskRuntime, "elsewhere" | "clock" | "logger">;
  /** Whether tasks in this process depend on tasks of another one. */
  readonly isDependedOn: () => boolean;
  /** Whether tasks in this process depend on an id that nothing has so far. */
  readonly isLackedIn: () => boolean;
  /** Another process has written. */
  readonly changed: () => void;
  /** A task of another process that was watched has ended. */
  readonly ended: (id: string) => void;
  /** It was looked at what another process has written. */
  readonly looked: () => void;
}

/** Tasks of other processes that somebody waits for: looked at when another process has written. */
export class Outside {
  readonly #init: OutsideInit;
  /** Who waits for which task. */
  readonly #watched = new Map<string, Set<object>>();
  #stopTimer: (() => void) | null = null;
  /** The process may end before the timer fires: nothing is waited for that is known to be on its way. */
  #isIdle = false;
  #version = -1;

  constructor(init: OutsideInit) {
    this.#init = init;
  }

  /** Whether anything is waited for. */
  get isWaiting(): boolean {
    return this.#watched.size > 0 || this.#init.isDependedOn();
  }

  /** Whether somebody waits for a task of another process. */
  isWatching(id: string): boolean {
    return this.#watched.has(id);
  }

  /** Watches a task for a waiter; whether there is such a task of another process that has not ended. */
  watch(id: string, waiter: object): boolean {
    const status = this.#init.runtime.elsewhere.statusOf(id);
    if (status === null || isTerminalStatus(status)) return false;
    const waiters = this.#watched.get(id);
    if (waiters) waiters.add(waiter);
    else this.#watched.set(id, new Set([waiter]));
    this.look();
    return true;
  }

  /** A waiter does not wait any more. */
  unwatch(id: string, waiter: object): void {
    const waiters = this.#watched.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#watched.delete(id);
  }

  /** It is a task of this process now. */
  forget(id: string): void {
    this.#watched.delete(id);
  }

  /** Looks from time to time, as long as anything is waited for. */
  look(): void {
    const isIdle = !this.isWaiting;
    // A look that the process stays alive for serves what it need not stay alive for, too.
    const isSet = this.#stopTimer !== null && (isIdle || !this.#isIdle);
    if (isSet || (isIdle && !this.#init.isLackedIn())) return;
    this.#stopTimer?.();
    this.#isIdle = isIdle;
    const { clock } = this.#init.runtime;
    const lookAndGoOn = () => {
      this.#stopTimer = null;
      try {
        this.#lookNow();
      } catch (error) {
        this.#init.runtime.logger.debug("Tasks of other processes could not be looked at", {
          error: errorMessage(error),
        });
      }
      this.look();
    };
    this.#stopTimer = clock.setTimer(lookAndGoOn, POLL_MS, { background: isIdle });
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#watched.clear();
  }

  #lookNow(): void {
    const { runtime, changed, ended, looked } = this.#init;
    const { elsewhere } = runtime;
    const version = elsewhere.others.now();
    if (version === this.#version) return;
    this.#version = version;
    if (this.#init.isDependedOn() || this.#init.isLackedIn()) changed();
    for (const id of this.#watched.keys()) {
      const status = elsewhere.statusOf(id);
      if (status !== null && !isTerminalStatus(status)) continue;
      this.#watched.delete(id);
      ended(id);
    }
    looked();
  }
}
