import { extname } from "node:path";
import { OrchestrationError } from "@orch/core";
import { Tinypool } from "tinypool";
import type { Batch } from "./measure-batch.ts";
import { STACK_MB } from "./syntax-budget.ts";
import type { Tally } from "./tally.ts";
import type { BatchOutcome } from "./worker.ts";

/** How to fan out. */
export interface PoolOptions {
  /** Threads, at least 1; never more than there are batches. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Called with the tally of each batch as it finishes, in any order. */
  readonly onBatch: (tally: Tally, batch: Batch) => void;
  /** The worker's file; for tests. @default the worker beside this file */
  readonly worker?: URL;
}

// The same extension as this file: .ts from source, .js when built.
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Measures the batches in worker threads and returns when all are done. An abort ends the threads and throws the
 * signal's reason at once; a thread that dies or does not start is a WORKER_CRASHED error.
 */
export async function measureInThreads(
  batches: readonly Batch[],
  { threads, signal, onBatch, worker = WORKER }: PoolOptions,
): Promise<void> {
  signal.throwIfAborted();
  const count = Math.min(threads, batches.length);
  const pool = new Tinypool({
    filename: worker.href,
    name: "run",
    minThreads: count,
    maxThreads: count,
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  const failure = Promise.withResolvers<never>();
  const onAbort = (): void => failure.reject(signal.reason);
  // A worker that cannot load its file is told here only; run() would never settle.
  pool.on("error", (error: unknown) => failure.reject(crashed(error)));
  // Nor would it for a thread that ends without an error. After the work, threads end by destroy(), and nobody listens.
  for (const thread of pool.threads)
    thread.on("exit", (code: unknown) => failure.reject(crashed(`it ended with code ${String(code)}`)));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const work = batches.map(async (batch) =>
      onBatch(tallyOf((await runBatch(pool, batch)) as BatchOutcome), batch),
    );
    await Promise.race([Promise.all(work), failure.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a thread inside the parser ends only when that returns.
    pool.destroy().catch(() => undefined);
  }
}

async function runBatch(pool: Tinypool, batch: Batch): Promise<unknown> {
  try {
    return await pool.run(batch);
  } catch (error) {
    throw crashed(error);
  }
}

function tallyOf(outcome: BatchOutcome): Tally {
  if (!outcome.ok) throw crashed(outcome.message);
  return outcome.tally;
}

function crashed(cause: unknown): OrchestrationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OrchestrationError(`A worker thread of the analysis failed: ${reason}`, {
    code: "WORKER_CRASHED",
    details: { reason },
    suggestions: [
      "Run it again with fewer workers (max_workers)",
      "Narrow the files with include or exclude",
    ],
    cause,
  });
}
