import { createHash } from "node:crypto";
import type { Clock, JsonValue, Store, StoreTransaction } from "@orch/core";
import { z } from "zod";
import { patiently } from "./patiently.ts";

const rowSchema = z.object({ answer: z.json(), by: z.string(), at: z.number() });

const ROWS = "decisions/";
const keyOf = (executionId: string, question: string): string =>
  `${ROWS}${executionId}/${createHash("sha256").update(question).digest("hex")}`;
/** Rows that are looked at with each new one, oldest runs first, and deleted where their run is gone. */
const SWEPT = 8;

/** What people have answered to questions of runs: a row each, which is written once. */
export class DecisionRegister {
  readonly #parts: { readonly store: Store; readonly clock: Clock };

  constructor(parts: { readonly store: Store; readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** Keeps an answer, on disk when it resolves; gives what was kept first. Throws STORE_LOCKED. */
  async decide({
    executionId,
    question,
    answer,
    by,
  }: {
    readonly executionId: string;
    readonly question: string;
    readonly answer: JsonValue;
    readonly by: string;
  }): Promise<JsonValue> {
    const key = keyOf(executionId, question);
    return patiently((tx) => {
      const earlier = rowSchema.safeParse(tx.get(key)).data;
      if (earlier) return earlier.answer as JsonValue;
      sweep(tx);
      tx.put(key, { answer, by, at: this.#parts.clock.now() });
      return answer;
    }, this.#parts);
  }

  /** What was kept, and when (milliseconds since the epoch); null for a question that is not decided. */
  find(executionId: string, question: string): { readonly answer: JsonValue; readonly at: number } | null {
    const row = rowSchema.safeParse(this.#parts.store.get(keyOf(executionId, question))).data;
    return row ? { answer: row.answer as JsonValue, at: row.at } : null;
  }
}

function sweep(tx: StoreTransaction): void {
  for (const [key] of tx.list(ROWS, { limit: SWEPT }))
    if (tx.get(`executions/${key.split("/")[1]}`) === undefined) tx.delete(key);
}
