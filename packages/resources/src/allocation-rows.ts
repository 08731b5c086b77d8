import {
  type JsonObject,
  type Store,
  type StoreReader,
  type StoreTransaction,
  whileLocked,
} from "@orch/core";
import { z } from "zod";
import { ResourceAllocation } from "./resource-allocation.ts";

const PREFIX = "allocations/";
/** Counts the changes of all allocation rows, so that a manager sees cheaply whether others changed any. */
const COUNTER = "allocation_changes/count";
const counterSchema = z.object({ count: z.number() });

/** How long a locked store is tried again: the call is synchronous, and on a busy machine a turn of others takes its time. */
const PATIENCE_MS = 1000;

/** An allocation row: the allocation, and the lock that it holds. */
export interface AllocationRow {
  readonly allocation: ResourceAllocation;
  readonly mode: string | null;
}

/** The rows `allocations/<id>` of a store that several managers share, also in other processes. */
export class AllocationRows {
  readonly #store: Store;
  #seen = -1;
  #wrote = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Runs `work`, which writes rows, in one transaction, and counts the change if it wrote any. A store that another
   * process is writing to is tried again for a second, then STORE_LOCKED is thrown.
   */
  change<Result>(work: (tx: StoreTransaction) => Result): Result {
    return whileLocked(PATIENCE_MS, () => this.#once(work));
  }

  /** Lets the next {@link readIfChanged} read everything. */
  forget(): void {
    this.#seen = -1;
  }

  /** All rows if another manager changed any since the last call, else `null`. */
  readIfChanged(tx: StoreReader): Map<string, AllocationRow> | null {
    const count = readCount(tx.get(COUNTER));
    if (count === this.#seen) return null;
    const rows = new Map<string, AllocationRow>();
    for (const [key, value] of tx.list(PREFIX)) {
      const { mode, ...allocation } = value as JsonObject;
      rows.set(key.slice(PREFIX.length), {
        allocation: ResourceAllocation.fromDict(allocation),
        mode: typeof mode === "string" ? mode : null,
      });
    }
    this.#seen = count;
    return rows;
  }

  /** Writes a row; only inside of {@link change}. */
  put(tx: StoreTransaction, { allocation, mode }: AllocationRow): void {
    this.#wrote = true;
    tx.put(
      `${PREFIX}${allocation.id}`,
      mode === null ? allocation.toDict() : { ...allocation.toDict(), mode },
    );
  }

  /** Deletes a row; only inside of {@link change}. */
  delete(tx: StoreTransaction, id: string): void {
    this.#wrote = true;
    tx.delete(`${PREFIX}${id}`);
  }

  #once<Result>(work: (tx: StoreTransaction) => Result): Result {
    let written: number | null = null;
    const result = this.#store.transact((tx) => {
      this.#wrote = false;
      const outcome = work(tx);
      if (this.#wrote) {
        written = readCount(tx.get(COUNTER)) + 1;
        tx.put(COUNTER, { count: written });
      }
      return outcome;
    });
    // Own changes need not be read again; those of a commit that failed must be.
    if (written !== null) this.#seen = written;
    return result;
  }
}

const readCount = (value: unknown): number => {
  const parsed = counterSchema.safeParse(value);
  return parsed.success ? parsed.data.count : 0;
};
