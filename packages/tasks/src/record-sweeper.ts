import { errorMessage, type Logger, OrchestrationError } from "@orch/core";
import { RecordSweep, type RecordSweepInit } from "./record-sweep.ts";
import type { Retention } from "./retention.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import type { TaskShelf } from "./task-shelf.ts";

/** From the first task that is added here to the first round: a process that only does a few is not held up. */
const FIRST_MS = 1000;
/** From the end of a round to the next one. */
const BETWEEN_MS = 600_000;
/** From one step to the next, so that whatever came meanwhile has its turn. */
const STEP_GAP_MS = 5;
/** From one look whether there is nothing else to do to the next; also where another process writes. */
const BUSY_MS = 100;

/** Of the processes that end before their first round this part makes one then. */
const LAST_CHANCE = 1 / 16;
/** What such a round takes at most. */
const LAST_MS = 250;

/** What a {@link RecordSweeper} works with. */
interface RecordSweeperInit extends RecordSweepInit {
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Whether nothing waits to be decided or started. */
  readonly isAtRest: () => boolean;
}

/** What the records of an orchestrator are deleted with. */
interface Kept {
  readonly runtime: TaskRuntime;
  readonly book: TaskBook;
  readonly shelf: TaskShelf;
  readonly retention: Retention;
}

/** Deletes the records of an orchestrator's store. What leaves the disk leaves memory. */
export function sweeperOf({ runtime, book, shelf, retention }: Kept): RecordSweeper {
  const { store, clock, instance, logger, random } = runtime;
  const sweeper = new RecordSweeper({
    ...{ store, clock, instance, logger, random, retention },
    isAtRest: () => runtime.rests,
    isNeeded: (id) => (book.find(id)?.needed ?? 0) > 0,
    deleted: (ids) => {
      book.forgetEnded(ids);
      shelf.remove(ids.flatMap((id) => shelf.here(id) ?? []));
    },
  });
  // In a memory store records go with what is in memory.
  if (shelf.isVolatile) sweeper.close();
  return sweeper;
}

/** Deletes what is recorded of tasks that ended long ago, in the background, in steps, while there is nothing else to do. */
export class RecordSweeper {
  readonly #init: RecordSweeperInit;
  #round: RecordSweep | null = null;
  #stopTimer: (() => void) | null = null;
  #isClosed = false;
  #hasBegun = false;

  constructor(init: RecordSweeperInit) {
    this.#init = init;
  }

  /** Goes on from now on, until it is closed. A second time is fine. */
  start(): void {
    if (this.#stopTimer === null && !this.#isClosed) this.#later(FIRST_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
  }

  /**
   * Closes it, while the store can still be written. Now and then a process that was too short for a round makes one now:
   * what only such processes write to would grow for ever.
   */
  closeInOrder(): void {
    const isShort = this.#stopTimer !== null && !this.#isClosed && !this.#hasBegun;
    this.close();
    if (!isShort || this.#init.random() >= LAST_CHANCE) return;
    const { clock } = this.#init;
    const began = clock.monotonic();
    try {
      const round = new RecordSweep(this.#init);
      while (round.step() && clock.monotonic() - began < LAST_MS);
    } catch (error) {
      this.#init.logger.debug(`Records that are too old stay for another process: ${errorMessage(error)}`);
    }
  }

  #later(delayMs: number): void {
    if (this.#isClosed) return;
    this.#stopTimer = this.#init.clock.setTimer(() => this.#later(this.#step()), delayMs, {
      background: true,
    });
  }

  /** One step, if there is time for it; returns when the next one is due. */
  #step(): number {
    if (!this.#init.isAtRest()) return BUSY_MS;
    this.#hasBegun = true;
    this.#round ??= new RecordSweep(this.#init);
    try {
      if (this.#round.step()) return STEP_GAP_MS;
    } catch (error) {
      const code = error instanceof OrchestrationError ? error.code : null;
      if (code === "STORE_LOCKED") return BUSY_MS;
      // Another process has taken over: whatever is left is its business.
      if (code === "FENCED") this.close();
      this.#init.logger.warn(`Records of tasks that have ended could not be deleted: ${errorMessage(error)}`);
    }
    this.#round = null;
    return BETWEEN_MS;
  }
}
