import { createHash } from "node:crypto";
import type { StoreReader } from "@orch/core";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { keys } from "./execution-record.ts";
import { compileDefinition } from "./workflow-library.ts";

/** Definitions that are kept, and how long their texts may be together. */
const MOST_KEPT = 64;
const MOST_TEXT = 16_777_216;

interface Kept {
  readonly compiled: CompiledWorkflow;
  readonly length: number;
}

/** The definitions that executions were stored with, compiled. Equal ones of many executions are compiled once. */
export class StoredDefinitions {
  /** By their text, or its hash where it is long; the one that was asked for last at the end. */
  readonly #kept = new Map<string, Kept>();
  #length = 0;

  /**
   * The definition of an execution. O(its text), and where none of the last ones was equal also what compiling costs. Throws
   * WORKFLOW_DEFINITION_INVALID for one that is damaged or missing.
   */
  read(id: string, store: StoreReader): CompiledWorkflow {
    const stored = store.get(keys.definition(id));
    const text = JSON.stringify(stored ?? null);
    const key = keyOf(text);
    const known = this.#kept.get(key);
    const kept = known ?? { compiled: compileDefinition(stored), length: text.length };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (known === undefined) this.#length += text.length;
    this.#drop();
    return kept.compiled;
  }

  #drop(): void {
    for (const [key, { length }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && this.#length <= MOST_TEXT) return;
      this.#kept.delete(key);
      this.#length -= length;
    }
  }
}

/** A longer text costs less to hash than to keep. */
const LONGEST_KEY = 4096;

const keyOf = (text: string): string =>
  text.length <= LONGEST_KEY ? text : createHash("sha256").update(text).digest("base64");
