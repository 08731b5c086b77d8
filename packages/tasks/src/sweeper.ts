import { setImmediate as immediate } from "node:timers/promises";
import { errorMessage, OrchestrationError, sleep } from "@orch/core";
import type { TaskRuntime } from "./task-runtime.ts";

/** From the first call of `start` to the first round: a process that only does a little is not held up. */
const FIRST_MS = 1000;
/** From one step to the next, so that whatever came meanwhile has its turn. */
const STEP_GAP_MS = 5;
/** From one look whether there is nothing else to do to the next; also where another process writes. */
const BUSY_MS = 100;
/** After so long without a pause steps are made all the same: else what ends would pile up for as long as that lasts. */
const PATIENCE_MS = 1000;
/** Then this part of the time, at most, is spent on them. */
const BUSY_SHARE = 1 / 2;

/** Of the processes that end before their first round this part makes one then. */
const LAST_CHANCE = 1 / 16;
/** What such a round takes at most. */
const LAST_MS = 250;

/** A round that somebody waits for gives up when the store is held for so long. */
const LOCKED_MS = 60_000;

/** A look at all that may have to go, in steps of a few milliseconds. */
export interface SweepRound {
  /** Makes one step; false when that was the last one. */
  step(): boolean;
}

/** What a {@link Sweeper} deletes. */
export interface SweeperInit {
  /** What it is, in the plural, at the beginning of a sentence. */
  readonly subject: string;
  /** From the end of a round to the next one, milliseconds. */
  readonly betweenMs: number;
  /** So many ends begin the next round sooner. @default none do */
  readonly mostEnded?: number;
  readonly newRound: () => SweepRound;
}

/** Deletes what ended long ago, in the background, in steps: while there is nothing else to do, or there always is. */
export class Sweeper {
  readonly #runtime: TaskRuntime;
  readonly #init: SweeperInit;
  #round: SweepRound | null = null;
  #stopTimer: (() => void) | null = null;
  /** Since the last round. */
  #ended = 0;
  #isClosed = false;
  #hasBegun = false;
  /** Since when a step has been due and there was something else to do, on the monotonic clock. */
  #busySince: number | null = null;

  constructor(runtime: TaskRuntime, init: SweeperInit) {
    this.#runtime = runtime;
    this.#init = init;
  }

  /** Goes on from now on, until it is closed. A second time is fine. */
  start(): void {
    if (this.#stopTimer === null) this.#later(FIRST_MS);
  }

  /** So many more have ended here. */
  noteEnds(many: number): void {
    const { mostEnded = Number.POSITIVE_INFINITY } = this.#init;
    const before = this.#ended;
    this.#ended += many;
    if (this.#stopTimer === null || before >= mostEnded || this.#ended < mostEnded) return;
    this.#stopTimer();
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
      const round = this.#init.newRound();
      while (round.step() && clock.monotonic() - began < LAST_MS);
    } catch (error) {
      logger.debug(`${this.#init.subject} that are too old stay for another process: ${errorMessage(error)}`);
    }
  }

  /** Makes a whole round now, with pauses for what else there is to do. Rejects with what the store throws. */
  async runNow(): Promise<void> {
    const { clock } = this.#runtime;
    const until = clock.monotonic() + LOCKED_MS;
    for (const round = this.#init.newRound(); ; ) {
      try {
        if (!round.step()) return;
        await immediate();
      } catch (error) {
        const isLocked = error instanceof OrchestrationError && error.code === "STORE_LOCKED";
        if (!isLocked || clock.monotonic() > until) throw error;
        await sleep(STEP_GAP_MS, { clock });
      }
    }
  }

  #later(delayMs: number): void {
    if (this.#isClosed) return;
    const step = () => this.#later(this.#step());
    this.#stopTimer = this.#runtime.clock.setTimer(step, delayMs, { background: true });
  }

  /** One step, if there is time for it; returns when the next one is due. */
  #step(): number {
    const { clock } = this.#runtime;
    const began = clock.monotonic();
    const busySince = this.#runtime.rests ? null : (this.#busySince ?? began);
    this.#busySince = busySince;
    if (busySince !== null && began - busySince < PATIENCE_MS) return BUSY_MS;
    this.#hasBegun = true;
    this.#round ??= this.#init.newRound();
    try {
      if (this.#round.step())
        return busySince === null
          ? STEP_GAP_MS
          : Math.max(STEP_GAP_MS, (clock.monotonic() - began) / BUSY_SHARE);
    } catch (error) {
      const code = error instanceof OrchestrationError ? error.code : null;
      if (code === "STORE_LOCKED") return BUSY_MS;
      // Another process has taken over: whatever is left is its business.
      if (code === "FENCED") this.close();
      const { subject } = this.#init;
      this.#runtime.logger.warn(`${subject} that have ended could not be deleted: ${errorMessage(error)}`);
    }
    this.#round = null;
    this.#ended = 0;
    this.#busySince = null;
    return this.#init.betweenMs;
  }
}
