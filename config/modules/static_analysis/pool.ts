import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { OrchestrationError } from "@orch/core";
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
 * Measures the batches in worker threads and returns when all are done. Each thread has one batch at a time. An abort ends
 * the threads and throws the signal's reason at once; a thread that dies or does not start is a WORKER_CRASHED error.
 */
export async function measureInThreads(
  batches: readonly Batch[],
  { threads, signal, onBatch, worker = WORKER }: PoolOptions,
): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const started: Worker[] = [];
  const queue = batches.values();
  try {
    for (let count = 0; count < Math.min(threads, batches.length); count++) {
      started.push(new Worker(worker, { resourceLimits: { stackSizeMb: STACK_MB } }));
    }
    const lanes = started.map((thread) => runLane(thread, queue, onBatch));
    await Promise.race([Promise.all(lanes), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a thread inside the parser ends only when that returns.
    for (const thread of started) void thread.terminate();
  }
}

/** Feeds one thread from the queue until that is empty. Rejects however the thread fails, also when it ends silently. */
function runLane(thread: Worker, queue: Iterator<Batch>, onBatch: PoolOptions["onBatch"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(crashed(cause));
    const next = (): void => {
      const item = queue.next();
      if (item.done) {
        resolve();
        return;
      }
      const batch = item.value;
      thread.once("message", (outcome: BatchOutcome) => {
        if (!outcome.ok) return fail(outcome.message);
        try {
          onBatch(outcome.tally, batch);
          next();
        } catch (error) {
          reject(error);
        }
      });
      thread.postMessage(batch);
    };
    thread.on("error", fail);
    thread.on("messageerror", fail);
    thread.on("exit", (code) => fail(`it ended with code ${code}`));
    next();
  });
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
