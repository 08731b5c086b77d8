import { type Clock, InvalidParametersError, systemClock } from "@orch/core";
import { AttemptProcess } from "./attempt-process.ts";
import { failed, type Outcome } from "./failure.ts";
import type { GroupBook } from "./group-book.ts";
import type { Attempt, Runner } from "./runner.ts";
import { CANCEL_GRACE_MS } from "./worker-runner.ts";

/** Memory of a child unless said otherwise, MiB. */
const DEFAULT_MEMORY_MB = 1024;
const LEAST_MEMORY_MB = 16;

/** Options of {@link ProcessRunner}. */
export interface ProcessRunnerOptions {
  /**
   * Memory of a child in MiB, from 16. It bounds the JavaScript heap; on Linux also, with what Node itself needs on top,
   * everything else that it and its own children allocate, each by itself. @default 1024
   */
  readonly memoryMb?: number;
  /** Names of environment variables that children get beside the usual ones (PATH, HOME, LANG and the like). @default none */
  readonly env?: readonly string[];
  /** How long code may take to stop by itself before its processes are killed, milliseconds. @default 5000 */
  readonly cancelGraceMs?: number;
  /** Where running attempts are recorded, so that they can be ended when this process has died. @default nowhere */
  readonly book?: Pick<GroupBook, "enter" | "leave"> | null;
  readonly clock?: Clock;
}

/**
 * Runs every attempt in a child process of its own, for code that is doubtful, native or starts programs. A child that does
 * not stop when asked is killed after a while with everything that it has started; an attempt has its
 * outcome only when all of that is gone. When the engine dies, however it dies, so do the children. Starting a process takes
 * tens of milliseconds. What a child sends that is no message fails its attempt. Measures processor time and peak memory of
 * the child, not of what it starts: by its own account, else (Linux) as the engine has last seen it.
 */
export class ProcessRunner implements Runner {
  readonly #memoryMb: number;
  readonly #env: readonly string[];
  readonly #graceMs: number;
  readonly #book: NonNullable<ProcessRunnerOptions["book"]> | null;
  readonly #clock: Clock;
  readonly #running = new Set<AttemptProcess>();

  /** Throws INVALID_PARAMETERS for less memory than Node needs. */
  constructor(options: ProcessRunnerOptions = {}) {
    const { memoryMb = DEFAULT_MEMORY_MB, env = [], clock = systemClock } = options;
    const { cancelGraceMs = CANCEL_GRACE_MS } = options;
    if (!(Number.isInteger(memoryMb) && memoryMb >= LEAST_MEMORY_MB))
      throw new InvalidParametersError(
        `${memoryMb} is no memory limit: a process needs ${LEAST_MEMORY_MB} MiB or more`,
        {
          details: { memory_mb: memoryMb, least: LEAST_MEMORY_MB },
        },
      );
    this.#memoryMb = memoryMb;
    this.#env = env;
    this.#graceMs = cancelGraceMs;
    this.#book = options.book ?? null;
    this.#clock = clock;
  }

  async run(attempt: Attempt): Promise<Outcome> {
    const { signal } = attempt.context;
    if (signal.aborted) return failed(signal.reason);
    try {
      return await this.#live(
        new AttemptProcess(attempt, { memoryMb: this.#memoryMb, env: this.#env }, this.#book),
        signal,
      );
    } catch (error) {
      return failed(error);
    }
  }

  async #live(child: AttemptProcess, signal: AbortSignal): Promise<Outcome> {
    this.#running.add(child);
    let stopGrace: (() => void) | null = null;
    const onAbort = () => {
      child.abort(signal.reason);
      stopGrace = this.#clock.setTimer(() => child.kill(), this.#graceMs);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await child.ended;
    } finally {
      (stopGrace as (() => void) | null)?.();
      signal.removeEventListener("abort", onAbort);
      this.#running.delete(child);
    }
  }

  async close(): Promise<void> {
    const ends = [...this.#running].map((child) => {
      child.kill();
      return child.ended;
    });
    await Promise.all(ends);
  }
}
