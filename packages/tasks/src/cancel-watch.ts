import { errorMessage } from "@orch/core";
import { offerWrite } from "./offer-write.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** Requests of other processes to cancel a task, by its id. */
const REQUESTS = "cancel_requests/";
/** How often it is looked for them. */
const POLL_MS = 250;

/** What a {@link CancelWatch} works with. */
interface CancelWatchInit {
  readonly runtime: TaskRuntime;
  /** Cancels a task of this process; false for one that is none, or has ended. */
  readonly cancel: (id: string) => boolean;
  /** How any task stands, or null. */
  readonly statusOf: (id: string) => TaskStatus | null;
}

/** Finds which tasks of this process others want cancelled. Looks only when another process has written. */
export class CancelWatch {
  readonly #init: CancelWatchInit;
  #stopTimer: (() => void) | null = null;
  #seen = -1;
  #isClosed = false;

  constructor(init: CancelWatchInit) {
    this.#init = init;
  }

  /** Looks from now on, until it is closed. A second time is fine. */
  start(): void {
    if (this.#isClosed) return;
    const look = () => {
      this.#stopTimer = null;
      this.#lookQuietly();
      this.start();
    };
    this.#stopTimer ??= this.#init.runtime.clock.setTimer(look, POLL_MS, { background: true });
  }

  /** Takes in what was asked for by now, whatever has changed. */
  look(): void {
    this.#seen = -1;
    this.#lookQuietly();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
  }

  /** Leaves the request for the process that has the task, now or later. Throws STORE_LOCKED. */
  ask(id: string): Promise<void> {
    return offerWrite((tx) => tx.put(`${REQUESTS}${id}`, {}), this.#init.runtime);
  }

  /** A look that fails is made again. */
  #lookQuietly(): void {
    const { runtime } = this.#init;
    if (runtime.error !== null) return;
    try {
      const version = runtime.store.foreignVersion();
      if (version !== this.#seen) this.#takeIn();
      this.#seen = version;
    } catch (error) {
      runtime.logger.debug(`Requests of other processes could not be read: ${errorMessage(error)}`);
    }
  }

  #takeIn(): void {
    const { runtime, cancel, statusOf } = this.#init;
    for (const [key] of runtime.store.list(REQUESTS)) {
      const id = key.slice(REQUESTS.length);
      // Not of this process: it is left to the one that has it, as long as there is something to cancel.
      if (!cancel(id) && !isOver(statusOf(id))) continue;
      runtime.post({ receive: (_: never, turn) => turn.delete(key) }, null);
    }
  }
}

/** Whether another process wants a task cancelled: that is done with the turn, and not asked any more. */
export function takeCancelRequest(id: string, turn: Pick<Turn, "store" | "delete">): boolean {
  const key = `${REQUESTS}${id}`;
  if (turn.store.get(key) === undefined) return false;
  turn.delete(key);
  return true;
}

const isOver = (status: TaskStatus | null): boolean => status === null || isTerminalStatus(status);
