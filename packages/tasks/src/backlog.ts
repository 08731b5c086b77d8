import type { StoreReader } from "@orch/core";
import type { Turn } from "./turn.ts";

const PREFIX = "backlog/";

/** Unfinished tasks that came in one tick: their ids lie in one row of the store. */
export interface Chunk {
  readonly key: string;
  readonly ids: string[];
  /** How many of them have not ended. */
  open: number;
  written: boolean;
}

/** A row of the backlog of an instance. */
export interface BacklogRow {
  readonly key: string;
  readonly ids: readonly string[];
}

/**
 * Which tasks of an instance have not ended, so that another process finds them when the instance is dead: one row for
 * all that came in a tick, deleted when the last of them has ended. A row per task would cost a third of the throughput.
 */
export class Backlog {
  readonly #instance: string;
  #number = 0;
  #current: Chunk | null = null;

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** A task came in this tick. Its chunk is to be told its end. */
  add(id: string): Chunk {
    this.#current ??= {
      key: `${PREFIX}${this.#instance}/${String(++this.#number).padStart(10, "0")}`,
      ids: [],
      open: 0,
      written: false,
    };
    this.#current.ids.push(id);
    this.#current.open++;
    return this.#current;
  }

  /** A task of a chunk has ended. */
  ended(chunk: Chunk, turn: Turn): void {
    if (--chunk.open === 0 && chunk.written) turn.delete(chunk.key);
  }

  /** The tick is over: what came in it and has not ended already gets its row. */
  turnEnds(turn: Turn): void {
    const chunk = this.#current;
    this.#current = null;
    if (chunk === null || chunk.open === 0) return;
    chunk.written = true;
    turn.put(chunk.key, chunk.ids);
  }
}

/** The instances that have a backlog. O(instances). */
export function backlogOwners(store: StoreReader): string[] {
  const owners: string[] = [];
  for (let [entry] = store.list(PREFIX, { limit: 1 }); entry; ) {
    const owner = entry[0].split("/")[1] ?? "";
    owners.push(owner);
    [entry] = store.list(PREFIX, { after: `${PREFIX}${owner}/~`, limit: 1 });
  }
  return owners;
}

/** Rows of the backlog of an instance, oldest first, those behind `after`. */
export function backlogOf(
  owner: string,
  store: StoreReader,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): BacklogRow[] {
  const rows = store.list(`${PREFIX}${owner}/`, { limit, ...(after === null ? {} : { after }) });
  return rows.map(([key, ids]) => ({
    key,
    ids: Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [],
  }));
}
