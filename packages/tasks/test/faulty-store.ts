import { type JsonValue, memoryStore, type OrchestrationError, StorageError, type Store } from "@orch/core";

/** A memory store that refuses on request, and says what it committed. */
export interface FaultyStore extends Store {
  /** Errors of the next transactions, before their work begins. */
  readonly begin: OrchestrationError[];
  /** Errors of the next commits, after the work: nothing of it is kept. */
  readonly commit: OrchestrationError[];
  /** The error of every commit, while it is set. */
  always: OrchestrationError | null;
  /** Writes as another process does. */
  writeAsAnother(key: string, value: JsonValue): void;
  /** How often a transaction was asked for, and how many were committed. */
  readonly counts: { asked: number; committed: number };
}

export const locked = (): OrchestrationError =>
  new StorageError("written by another process", { code: "STORE_LOCKED" });
export const diskFull = (): OrchestrationError => new StorageError("the disk is full");

export function faultyStore(): FaultyStore {
  const inner = memoryStore();
  let foreignWrites = 0;
  const store: FaultyStore = {
    begin: [],
    commit: [],
    always: null,
    counts: { asked: 0, committed: 0 },
    writeAsAnother(key, value) {
      foreignWrites++;
      inner.transact((tx) => tx.put(key, value));
    },
    transact(work) {
      store.counts.asked++;
      const refusal = store.begin.shift();
      if (refusal) throw refusal;
      const result = inner.transact((tx) => {
        const made = work(tx);
        const failure = store.always ?? store.commit.shift();
        if (failure) throw failure;
        return made;
      });
      store.counts.committed++;
      return result;
    },
    get: (key) => inner.get(key),
    list: (prefix, options) => inner.list(prefix, options),
    foreignVersion: () => foreignWrites,
    close: () => inner.close(),
  };
  return store;
}
