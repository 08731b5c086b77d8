import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { type Clock, systemClock } from "@orch/core";
import { wrongArgument } from "@orch/core/base";
import type Tinypool from "tinypool";
import { failed, type Outcome } from "./failure.ts";
import type { Attempt, Runner } from "./runner.ts";
import { Slots } from "./slots.ts";
import { ThreadExits } from "./thread-exits.ts";
import { ThreadRun } from "./thread-run.ts";
import { WorkerThread } from "./worker-thread.ts";

/** How long code may take to stop by itself before its thread or process is ended, unless said otherwise. */
export const CANCEL_GRACE_MS = 5000;

/** A thread that had no lease for this long ends. */
const IDLE_MS = 30_000;
const ENTRY = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** With less V8 cannot start the thread, and ends the process for it. */
const LEAST_HEAP_MB = 16;

/** A heap that a thread can start with, MiB. Throws INVALID_PARAMETERS. */
export function needHeap(path: string, value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= LEAST_HEAP_MB) return Number(value);
  throw wrongArgument(path, `a whole number from ${LEAST_HEAP_MB}, MiB`, value);
}

/** Options of {@link WorkerRunner}. */
export interface WorkerRunnerOptions {
  /** Threads at most. @default what the machine can run in parallel */
  readonly threads?: number;
  /** Heap of a thread in MiB, from 16. It bounds JavaScript objects only, and not all of them: no boundary for hostile code. @default that of the process */
  readonly heapMb?: number;
  /** How long code may take to stop by itself before its thread is ended, milliseconds. @default 5000 */
  readonly cancelGraceMs?: number;
  readonly clock?: Clock;
}

/** The threads, and the news of those that are gone. */
interface Pool {
  readonly tinypool: Tinypool;
  readonly exits: ThreadExits;
}

/** A place for an attempt, with the thread that was used there last. */
interface Lane {
  thread: WorkerThread | null;
}

/**
 * Runs attempts in worker threads, for code that computes: the engine's thread stays free, and a thread that does not stop
 * when asked is ended after a while. The pool is loaded with the first attempt and starts threads as they
 * are needed; attempts wait for a thread in the order in which they come. A thread that dies fails only its own attempt.
 */
export class WorkerRunner implements Runner {
  readonly #slots: Slots<Lane>;
  readonly #lanes: Lane[] = [];
  readonly #threads: number;
  #pool: Promise<Pool> | null = null;
  readonly #heapMb: number | undefined;
  readonly #graceMs: number;
  readonly #clock: Clock;

  /** Throws INVALID_PARAMETERS for less heap than a thread needs. */
  constructor(options: WorkerRunnerOptions = {}) {
    const { threads = availableParallelism(), heapMb, clock = systemClock } = options;
    if (heapMb !== undefined) needHeap("heapMb", heapMb);
    this.#graceMs = options.cancelGraceMs ?? CANCEL_GRACE_MS;
    this.#heapMb = heapMb;
    this.#clock = clock;
    this.#threads = threads;
    this.#slots = new Slots(this.#threads, () => {
      const lane: Lane = { thread: null };
      this.#lanes.push(lane);
      return lane;
    });
  }

  run(attempt: Attempt): Promise<Outcome> {
    const { signal } = attempt.context;
    if (signal.aborted) return Promise.resolve(failed(signal.reason));
    return new Promise((ended) => {
      const run = new ThreadRun({ attempt, clock: this.#clock, graceMs: this.#graceMs, ended });
      run.leave = this.#slots.take((lane) => this.#enter(lane, run));
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ thread }) => thread?.kill() ?? Promise.resolve()));
    for (const lane of this.#lanes) lane.thread = null;
    const pool = await this.#pool?.catch(() => null);
    this.#pool = null;
    await pool?.tinypool.destroy();
  }

  #enter(lane: Lane, run: ThreadRun): void {
    run.giveBack = () => this.#slots.give(lane);
    run.renew = () => this.#start(lane, run);
    this.#start(lane, run);
  }

  #start(lane: Lane, run: ThreadRun): void {
    if (lane.thread?.alive) run.startIn(lane.thread);
    else
      this.#renew(lane).then(
        (thread) => run.startIn(thread),
        (error: unknown) => run.end(failed(error)),
      );
  }

  /** A thread for a lane whose last one is gone: the pool never has more leases than threads. */
  async #renew(lane: Lane): Promise<WorkerThread> {
    await lane.thread?.over;
    this.#pool ??= this.#open();
    const { tinypool, exits } = await this.#pool;
    lane.thread = new WorkerThread(tinypool, exits, this.#clock);
    return lane.thread;
  }

  async #open(): Promise<Pool> {
    const { default: Tinypool } = await import("tinypool");
    const resourceLimits =
      this.#heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: this.#heapMb } };
    const tinypool = new Tinypool({
      filename: ENTRY.href,
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: IDLE_MS,
      ...resourceLimits,
    });
    // A thread could not start, or died between two leases. The pool does not say which, and whoever waits for it would
    // wait for ever; without a listener the process would end.
    tinypool.on("error", (error: unknown) => {
      for (const { thread } of this.#lanes) if (thread?.starting) thread.fail(error);
    });
    return { tinypool, exits: new ThreadExits(tinypool) };
  }
}
