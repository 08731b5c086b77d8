import { writeFileSync } from "node:fs";
import { errorMessage, InvalidParametersError, type JsonObject, StorageError } from "@orch/core";
import { Ring } from "@orch/dag";
import { durationsOf } from "./percentile.ts";

/** One measured call. */
interface Sample {
  readonly name: string;
  readonly ms: number;
  readonly metadata: JsonObject;
}

/** Samples that are kept; the oldest make room. */
const MOST_SAMPLES = 10_000;

/** Keeps how long things took, in memory: the last 10,000 calls. */
export class PerformanceMonitor {
  readonly #samples = new Ring<Sample>();

  /** Adds a call. Throws INVALID_PARAMETERS for a time that is no number from 0. O(1). */
  record(
    name: string,
    {
      executionTimeMs: ms,
      metadata = {},
    }: { readonly executionTimeMs: number; readonly metadata?: JsonObject },
  ): void {
    if (!Number.isFinite(ms) || ms < 0)
      throw new InvalidParametersError(`executionTimeMs must be a number from 0, was ${ms}`);
    this.#samples.push({ name, ms, metadata });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  /** What is known of the calls of a name, or of all; `{}` when there are none. O(samples log samples). */
  getStats(name?: string): JsonObject {
    const found = [...this.#samples].filter((sample) => name === undefined || sample.name === name);
    if (found.length === 0) return {};
    const execution_time = { ...durationsOf(found.map(({ ms }) => ms)) };
    return { function_name: name ?? "all", total_calls: found.length, execution_time };
  }

  /** Names that have samples, sorted. */
  names(): string[] {
    return [...new Set([...this.#samples].map(({ name }) => name))].sort();
  }

  /** Forgets all calls. */
  clear(): void {
    this.#samples.clear();
  }

  /** Writes all calls to a file as JSON, oldest first. Throws STORAGE_ERROR. */
  exportMetrics(path: string): void {
    const samples = [...this.#samples].map(({ name, ms, metadata }) => ({
      name,
      execution_time: ms / 1000,
      metadata,
    }));
    try {
      writeFileSync(path, `${JSON.stringify({ summary: this.getStats(), samples }, null, 2)}\n`);
    } catch (cause) {
      throw new StorageError(`The metrics cannot be written to ${path}: ${errorMessage(cause)}`, {
        details: { path },
        cause,
      });
    }
  }
}
