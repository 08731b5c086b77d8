import { isObject, type JsonValue, type StoreReader } from "@orch/core";
import { backlogOf, backlogOwners } from "./backlog-row.ts";
import { DEAD_LETTERS, taskKey } from "./task-key.ts";

/**
 * Ids of tasks whose results somebody may still ask for: unfinished tasks of other instances depend on them, or tasks that
 * gave up and may be submitted again. It grows as it looks: what is needed no more stays in it, what is needed is never
 * missing once it has looked within the transaction that rests on it.
 */
export class NeededIds {
  readonly #instance: string;
  readonly #ids = new Set<string>();
  /** The last row of each backlog that was read: rows are only ever added behind it. */
  readonly #read = new Map<string, string>();
  /** Tasks that gave up and were looked at, with the ends that they had then. */
  readonly #letters = new Map<string, JsonValue | undefined>();

  /** `instance` is this process: what its own tasks need is known in memory. */
  constructor(instance: string) {
    this.#instance = instance;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Reads what has come since the last look, `rows` of backlogs at most; whether that was all. O(what is new, dead letters). */
  look(store: StoreReader, rows = Number.POSITIVE_INFINITY): boolean {
    let left = rows;
    for (const owner of backlogOwners(store)) {
      if (owner === this.#instance) continue;
      left -= this.#lookAt(owner, store, left);
      if (left <= 0) return false;
    }
    this.#lookAtLetters(store);
    return true;
  }

  #lookAt(owner: string, store: StoreReader, limit: number): number {
    const rows = backlogOf(owner, store, { after: this.#read.get(owner) ?? null, limit });
    for (const { id, stored } of rows.flatMap((row) => row.tasks))
      this.#add(isObject(stored) ? stored["dependencies"] : dependenciesOf(id, store));
    const last = rows.at(-1);
    if (last) this.#read.set(owner, last.key);
    return rows.length;
  }

  #lookAtLetters(store: StoreReader): void {
    for (const [key, letter] of store.list(DEAD_LETTERS, { fields: ["ended_at"] })) {
      const id = key.slice(DEAD_LETTERS.length);
      const endedAt = isObject(letter) ? (letter["ended_at"] as JsonValue) : undefined;
      if (this.#letters.has(id) && this.#letters.get(id) === endedAt) continue;
      this.#letters.set(id, endedAt);
      this.#add(dependenciesOf(id, store));
    }
  }

  #add(dependencies: unknown): void {
    if (!Array.isArray(dependencies)) return;
    for (const id of dependencies) if (typeof id === "string") this.#ids.add(id);
  }
}

/** What the task of a record of its own depends on. */
function dependenciesOf(id: string, store: StoreReader): unknown {
  const key = taskKey(id);
  // Others may begin with it; it comes first.
  const [found] = store.list(key, { limit: 1, fields: ["dependencies"] });
  return found?.[0] === key && isObject(found[1]) ? found[1]["dependencies"] : undefined;
}
