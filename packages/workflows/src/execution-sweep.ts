import { OrchestrationError, type Store } from "@orch/core";
import type { ProcessProbe } from "@orch/tasks";
import { BELOW, deletable } from "./delete-execution.ts";
import { keys, readExecution } from "./execution-record.ts";
import type { ExecutionRetention } from "./execution-retention.ts";

/** Records that one step deletes at most. */
const SLICE = 500;
/** Executions that one step looks at. */
const PAGE = 100;

/** What an {@link ExecutionSweep} works with. */
export interface ExecutionSweepInit {
  readonly store: Store;
  readonly probe: ProcessProbe;
  readonly retention: Required<ExecutionRetention>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * One round through the executions that have ended, the first to end first, in steps that each are short: what is too old or
 * too much is taken out of sight, with its parts, at once, and then deleted slice by slice, also after a crash. O(executions
 * that are kept + what is deleted).
 */
export class ExecutionSweep {
  readonly #init: ExecutionSweepInit;
  /** What executions that have not ended have started, and may be asked for. */
  readonly #needed = new Set<string>();
  #phase: "needed" | "count" | "delete" = "needed";
  #after: string | undefined;
  #surplus: number;

  constructor(init: ExecutionSweepInit) {
    this.#init = init;
    this.#surplus = -init.retention.maxCount;
  }

  /** Does a part of it; false when nothing is left. Throws STORE_LOCKED while another process writes. */
  step(): boolean {
    if (deleteSlice(this.#init.store)) return true;
    if (this.#phase === "needed") this.#page("active/", "count", (id) => this.#noteNeeded(id));
    else if (this.#phase === "count") this.#page("ended/", "delete", () => this.#surplus++);
    else return this.#takeOut();
    return true;
  }

  #page(prefix: string, next: "count" | "delete", look: (rest: string) => void): void {
    const rows = this.#rows(prefix);
    for (const key of rows) look(key.slice(prefix.length));
    this.#after = rows.at(-1);
    if (rows.length === PAGE) return;
    this.#phase = next;
    this.#after = undefined;
  }

  #rows(prefix: string): string[] {
    const after = this.#after === undefined ? {} : { after: this.#after };
    return this.#init.store.list(prefix, { ...after, limit: PAGE, fields: [] }).map(([key]) => key);
  }

  #noteNeeded(id: string): void {
    for (const [key] of this.#init.store.list(keys.parts(id), { fields: [] }))
      this.#needed.add(key.slice(key.lastIndexOf("/") + 1));
  }

  /** One execution, so that its records are deleted before the next one is looked at. */
  #takeOut(): boolean {
    const { retention, now } = this.#init;
    const eldest = now() - retention.maxAgeMs;
    for (const key of this.#rows("ended/")) {
      const [, endedAt = "", id = ""] = key.split("/");
      if (this.#surplus <= 0 && Number(endedAt) >= eldest) return false;
      this.#after = key;
      if (this.#needed.has(id) || !this.#doom(id, key)) continue;
      this.#surplus--;
      return true;
    }
    return this.#rows("ended/").length > 0;
  }

  /** False for one that cannot be deleted now. */
  #doom(id: string, key: string): boolean {
    const { store, probe } = this.#init;
    try {
      store.transact((tx) => {
        const record = readExecution(id, tx);
        // Nothing is to be found by a key that is not its own.
        if (record?.ended_at == null || keys.ended(record.ended_at, id) !== key) tx.delete(key);
        else
          for (const each of deletable(id, tx, probe)) {
            const { ended_at = null } = readExecution(each, tx) ?? {};
            if (ended_at !== null) tx.delete(keys.ended(ended_at, each));
            for (const shown of [keys.execution(each), keys.active(each), keys.definition(each)])
              tx.delete(shown);
            tx.put(keys.doomed(each), true);
          }
      });
      return true;
    } catch (error) {
      if (error instanceof OrchestrationError && error.code === "INVALID_STATE") return false;
      throw error;
    }
  }
}

/** Deletes records of an execution that was taken out of sight; false when there is none. */
function deleteSlice(store: Store): boolean {
  const [first] = store.list("doomed/", { limit: 1 });
  if (first === undefined) return false;
  const id = first[0].slice("doomed/".length);
  store.transact((tx) => {
    let left = SLICE;
    for (const collection of BELOW) {
      const rows = tx.list(`${collection}/${id}/`, { limit: left, fields: [] });
      for (const [key] of rows) tx.delete(key);
      left -= rows.length;
      if (left === 0) return;
    }
    tx.delete(keys.draining(id));
    tx.delete(first[0]);
  });
  return true;
}
