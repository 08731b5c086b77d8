import { createHash } from "node:crypto";
import {
  type Clock,
  type IdGenerator,
  OrchestrationError,
  type Store,
  type StoreTransaction,
} from "@orch/core";
import { z } from "zod";
import { patiently } from "./patiently.ts";

/** Who has started a run, and under which key. */
const startSchema = z.object({
  caller: z.string(),
  key: z.string().nullable(),
  at: z.number(),
  composed: z.boolean().default(false),
});
const keySchema = z.object({ execution_id: z.string(), digest: z.string() });

const rows = {
  start: (executionId: string) => `callers/${executionId}`,
  starts: "callers/",
  /** Keys are hashed: whatever is in them, the row has a name. */
  key: (caller: string, key: string) => `run_keys/${sha256(`${caller}\n${key}`)}`,
  execution: (id: string) => `executions/${id}`,
  /** Hashed, too: a caller can give any name. */
  author: (workflow: string) => `authors/${sha256(workflow)}`,
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

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
  /** Whether the caller has put together himself what is to run. @default false */
  readonly composed?: boolean;
}

/** Who has started which run from outside, and under which idempotency keys, and who has written which workflow; in the store, as the runs are. */
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
    return patiently((tx) => this.#claimed(claim, tx), { store: this.#store, clock: this.#clock });
  }

  /** Who has started a run; null for one that nobody has claimed. */
  callerOf(executionId: string): string | null {
    return this.#startOf(executionId)?.caller ?? null;
  }

  /** Whether a run was claimed as composed by its caller. One whose row cannot be read counts as that: less is allowed then. */
  isComposed(executionId: string): boolean {
    const row = this.#store.get(rows.start(executionId));
    return row !== undefined && (startSchema.safeParse(row).data?.composed ?? true);
  }

  /** Notes that a caller writes a workflow; on disk when it resolves. Throws STORE_LOCKED. */
  async noteAuthor(workflow: string, caller: string): Promise<void> {
    const row = { workflow, caller, at: this.#clock.now() };
    await patiently((tx) => tx.put(rows.author(workflow), row), { store: this.#store, clock: this.#clock });
  }

  /** Whether a caller has written the workflow of a name. */
  isAuthored(workflow: string): boolean {
    return this.#store.get(rows.author(workflow)) !== undefined;
  }

  #startOf(executionId: string): z.infer<typeof startSchema> | null {
    return startSchema.safeParse(this.#store.get(rows.start(executionId))).data ?? null;
  }

  #claimed({ caller, key, digest, composed = false }: RunClaim, tx: StoreTransaction) {
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
    tx.put(rows.start(executionId), {
      ...{ caller, key: key === null ? null : rows.key(caller, key), at },
      ...(composed ? { composed } : {}),
    });
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
