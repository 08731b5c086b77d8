import { errorMessage, OrchestrationError } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import type { ExecutionRetention } from "./execution-retention.ts";
import { ExecutionSweep } from "./execution-sweep.ts";

/** From the first execution here to the first round: a process that runs only one is not held up. */
const FIRST_MS = 1000;
/** From the end of a round to the next one. */
const BETWEEN_MS = 3_600_000;
/** So many executions that end begin the next round sooner. */
const MOST_ENDED = 1000;
/** From one step to the next, so that whatever came meanwhile has its turn. */
const STEP_GAP_MS = 5;
/** From one look whether there is nothing else to do to the next; also where another process writes. */
const BUSY_MS = 100;

/** Of the processes that end before their first round this part makes one then. */
const LAST_CHANCE = 1 / 16;
/** What such a round takes at most. */
const LAST_MS = 250;

/** Deletes executions that ended long ago, in the background, in steps, while there is nothing else to do. */
export class ExecutionSweeper {
  readonly #runtime: TaskRuntime;
  readonly #retention: Required<ExecutionRetention>;
  #round: ExecutionSweep | null = null;
  #stopTimer: (() => void) | null = null;
  #ended = 0;
  #isClosed = false;
  #hasBegun = false;

  constructor(runtime: TaskRuntime, retention: Required<ExecutionRetention>) {
    this.#runtime = runtime;
    this.#retention = retention;
  }

  /** Goes on from now on, until it is closed. A second time is fine. */
  start(): void {
    if (this.#stopTimer === null) this.#later(FIRST_MS);
  }

  /** An execution has ended here. */
  noteEnd(): void {
    if (++this.#ended !== MOST_ENDED) return;
    this.#stopTimer?.();
    this.#later(FIRST_MS);
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
    const { random, clock, logger } = this.#runtime;
    if (!isShort || random() >= LAST_CHANCE) return;
    const began = clock.monotonic();
    try {
      const round = this.#newRound();
      while (round.step() && clock.monotonic() - began < LAST_MS);
    } catch (error) {
      logger.debug(`Executions that are too old stay for another process: ${errorMessage(error)}`);
    }
  }

  #newRound(): ExecutionSweep {
    const { store, probe, clock } = this.#runtime;
    return new ExecutionSweep({ store, probe, retention: this.#retention, now: () => clock.now() });
  }

  #later(delayMs: number): void {
    if (this.#isClosed) return;
    const step = () => this.#later(this.#step());
    this.#stopTimer = this.#runtime.clock.setTimer(step, delayMs, { background: true });
  }

  /** One step, if there is time for it; returns when the next one is due. */
  #step(): number {
    const { logger, rests } = this.#runtime;
    if (!rests) return BUSY_MS;
    this.#hasBegun = true;
    this.#round ??= this.#newRound();
    try {
      if (this.#round.step()) return STEP_GAP_MS;
    } catch (error) {
      if (error instanceof OrchestrationError && error.code === "STORE_LOCKED") return BUSY_MS;
      logger.warn(`Executions that have ended could not be deleted: ${errorMessage(error)}`);
    }
    this.#round = null;
    this.#ended = 0;
    return BETWEEN_MS;
  }
}
