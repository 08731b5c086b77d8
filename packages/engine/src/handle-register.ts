import { createHash } from "node:crypto";
import { type Clock, type IdGenerator, newRandomId, type Store, type StoreTransaction } from "@orch/core";
import type { HandleEnd, RunHandle } from "@orch/mcp";
import { z } from "zod";
import { patiently } from "./patiently.ts";

const HOUR_MS = 3_600_000;
/** Rows that are looked at with each new one, and deleted where they are over. */
const SWEPT = 8;

const endSchema = z.object({
  status: z.enum(["completed", "cancelled"]),
  at: z.number(),
  result: z.record(z.string(), z.json()).nullable(),
});
const handleSchema = z.object({
  caller: z.string(),
  tool: z.string(),
  executionId: z.string(),
  facts: z.record(z.string(), z.json()),
  createdAt: z.number(),
  end: endSchema.nullable(),
});

const ROWS = "handles/";
/** Hashed: whoever reads the rows does not have the handles. */
const keyOf = (id: string): string => ROWS + createHash("sha256").update(id).digest("hex");

/** Handles that callers follow runs by: random, each of one caller, in the store, as the runs are. */
export class HandleRegister {
  /** How long a handle is kept behind its end, milliseconds. */
  readonly ttlMs = HOUR_MS;
  readonly #parts: { readonly store: Store; readonly clock: Clock };
  readonly #randomId: IdGenerator;

  constructor({
    store,
    clock,
    randomId = newRandomId,
  }: { readonly store: Store; readonly clock: Clock; readonly randomId?: IdGenerator }) {
    this.#parts = { store, clock };
    this.#randomId = randomId;
  }

  /** A new handle of 122 random bits, on disk when it resolves. Throws STORE_LOCKED. */
  async create(handle: Pick<RunHandle, "caller" | "tool" | "executionId" | "facts">): Promise<string> {
    const id = this.#randomId();
    await patiently((tx) => {
      this.#sweep(keyOf(id), tx);
      tx.put(keyOf(id), { ...handle, createdAt: this.#parts.clock.now(), end: null });
    }, this.#parts);
    return id;
  }

  /** What a handle stands for; null for one that there is not, that is over for an hour, or that is another caller's. */
  find(id: string, caller: string): RunHandle | null {
    const handle = handleSchema.safeParse(this.#parts.store.get(keyOf(id))).data;
    if (handle?.caller !== caller || this.#isOver(handle)) return null;
    return handle as RunHandle;
  }

  /** Keeps how it has ended; gives what was kept first. Throws STORE_LOCKED. */
  async end(id: string, end: HandleEnd): Promise<HandleEnd> {
    return patiently((tx) => {
      const handle = handleSchema.safeParse(tx.get(keyOf(id))).data;
      if (!handle) return end;
      if (handle.end !== null) return handle.end as HandleEnd;
      tx.put(keyOf(id), { ...handle, end: { ...end } });
      return end;
    }, this.#parts);
  }

  #isOver({ createdAt, end }: z.infer<typeof handleSchema>): boolean {
    return end !== null && this.#parts.clock.now() > Math.max(createdAt, end.at) + this.ttlMs;
  }

  /** Of the rows behind the new one, which is anywhere among them. */
  #sweep(after: string, tx: StoreTransaction): void {
    for (const [key, value] of tx.list(ROWS, { after, limit: SWEPT })) {
      const handle = handleSchema.safeParse(value).data;
      const isGone = handle && tx.get(`executions/${handle.executionId}`) === undefined;
      if (!handle || isGone || this.#isOver(handle)) tx.delete(key);
    }
  }
}
