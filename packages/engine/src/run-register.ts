import { createHash } from "node:crypto";
import {
  type Clock,
  type IdGenerator,
  OrchestrationError,
  onceUnlocked,
  type Store,
  type StoreTransaction,
} from "@orch/core";
import { z } from "zod";

/** Who has started a run, and under which key. */
const startSchema = z.object({ caller: z.string(), key: z.string().nullable(), at: z.number() });
const keySchema = z.object({ execution_id: z.string(), digest: z.string() });

const rows = {
  start: (executionId: string) => `callers/${executionId}`,
  starts: "callers/",
  /** Keys are hashed: whatever is in them, the row has a name. */
  key: (caller: string, key: string) => `run_keys/${sha256(`${caller}\n${key}`)}`,
  execution: (id: string) => `executions/${id}`,
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** How long a busy store is tried again. */
const PATIENCE_MS = 500;
/** Rows that are looked at with each claim, oldest first, and deleted where their run is gone. */
const SWEPT = 8;
/** A run that was claimed and is not there after this long never began, or is deleted. */
const FORGOTTEN_MS = 86_400_000;

/** What the caller of a run asks for. */
export interface RunClaim {
  readonly caller: string;
  /** The same key of the same caller means the same run; null: a run of its own. */
  readonly key: string | null;
  /** A hash of what is asked for. */
  readonly digest: string;
}

/** Who has started which run from outside, and under which idempotency keys; in the store, as the runs are. */
export class RunRegister {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #newId: IdGenerator;

  constructor({
    store,
    clock,
    newId,
  }: { readonly store: Store; readonly clock: Clock; readonly newId: IdGenerator }) {
    this.#store = store;
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * The id of a run, on disk before the run begins. For a key that the caller has used that of the run of then, and whether
   * that is still to begin. Throws IDEMPOTENCY_CONFLICT when something else was asked for under the key; STORE_LOCKED.
   */
  async claim(claim: RunClaim): Promise<{ readonly executionId: string; readonly isNew: boolean }> {
    return onceUnlocked(PATIENCE_MS, this.#clock, () =>
      this.#store.transact((tx) => this.#claimed(claim, tx)),
    );
  }

  /** Who has started a run; null for one that nobody has claimed. */
  callerOf(executionId: string): string | null {
    const found = startSchema.safeParse(this.#store.get(rows.start(executionId)));
    return found.success ? found.data.caller : null;
  }

  #claimed({ caller, key, digest }: RunClaim, tx: StoreTransaction) {
    const earlier = key === null ? null : keySchema.safeParse(tx.get(rows.key(caller, key)));
    if (earlier?.success) {
      if (earlier.data.digest !== digest) throw conflict(earlier.data.execution_id);
      const executionId = earlier.data.execution_id;
      // It may have been claimed by a process that died before the run began.
      return { executionId, isNew: tx.get(rows.execution(executionId)) === undefined };
    }
    this.#sweep(tx);
    const executionId = this.#newId();
    const at = this.#clock.now();
    tx.put(rows.start(executionId), { caller, key: key === null ? null : rows.key(caller, key), at });
    if (key !== null) tx.put(rows.key(caller, key), { execution_id: executionId, digest });
    return { executionId, isNew: true };
  }

  #sweep(tx: StoreTransaction): void {
    for (const [row, value] of tx.list(rows.starts, { limit: SWEPT })) {
      const start = startSchema.safeParse(value);
      if (tx.get(rows.execution(row.slice(rows.starts.length))) !== undefined) continue;
      if (start.success && this.#clock.now() - start.data.at < FORGOTTEN_MS) continue;
      tx.delete(row);
      if (start.success && start.data.key !== null) tx.delete(start.data.key);
    }
  }
}

const conflict = (executionId: string): OrchestrationError =>
  new OrchestrationError("The idempotency key was used before with other arguments", {
    code: "IDEMPOTENCY_CONFLICT",
    retryable: false,
    details: { execution_id: executionId },
    suggestions: ["Use a new key for another run, or the same arguments for the same one."],
  });
