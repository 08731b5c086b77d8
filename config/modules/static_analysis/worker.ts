import { parentPort } from "node:worker_threads";
import { type Batch, measureBatch } from "./measure-batch.ts";
import type { Tally } from "./tally.ts";

/** What a worker sends back. An error crosses threads as data, since its class would be lost on the way. */
export type BatchOutcome =
  | { readonly ok: true; readonly tally: Tally }
  | { readonly ok: false; readonly message: string };

/** Measures one batch; never throws. */
function run(batch: Batch): BatchOutcome {
  try {
    return { ok: true, tally: measureBatch(batch) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

// The entry of a worker thread: one answer for each batch, in turn.
parentPort?.on("message", (batch: Batch) => parentPort?.postMessage(run(batch)));
