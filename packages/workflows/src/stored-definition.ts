import type { StoreReader } from "@orch/core";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { keys } from "./execution-record.ts";
import { compileDefinition } from "./workflow-library.ts";

/** Definitions that are kept, and how long the text of one may be, so that a recovery compiles equal ones once. */
const MOST_KEPT = 64;
const LONGEST_TEXT = 65_536;

/** The definitions that executions were stored with, compiled. Equal ones of many executions are compiled once. */
export class StoredDefinitions {
  readonly #kept = new Map<string, CompiledWorkflow>();

  /** The definition of an execution. Throws WORKFLOW_DEFINITION_INVALID for one that is damaged or missing. */
  read(id: string, store: StoreReader): CompiledWorkflow {
    const stored = store.get(keys.definition(id));
    const text = JSON.stringify(stored ?? null);
    if (text.length > LONGEST_TEXT) return compileDefinition(stored);
    const known = this.#kept.get(text);
    if (known) return known;
    const compiled = compileDefinition(stored);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= MOST_KEPT) this.#kept.delete(oldest);
    this.#kept.set(text, compiled);
    return compiled;
  }
}
