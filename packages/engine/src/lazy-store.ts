import { statSync } from "node:fs";
import { StorageError, type Store } from "@orch/core";

/**
 * A store whose file is only made by the first write, so that looking leaves no trace. Until there is a file with something
 * in it, reads find nothing; what another process makes in the meantime is found.
 */
export function lazyStore(path: string, open: () => Store): Store {
  let store: Store | null = null;
  let closed = false;

  const use = (): Store => {
    if (closed) throw new StorageError("The store is closed", { retryable: false });
    store ??= open();
    return store;
  };
  const peek = (): Store | null => (store !== null || closed || sizeOf(path) > 0 ? use() : null);

  return {
    transact: (work) => use().transact(work),
    get: (key) => peek()?.get(key),
    list: (prefix, options) => peek()?.list(prefix, options) ?? [],
    foreignVersion: () => peek()?.foreignVersion() ?? 0,
    close() {
      closed = true;
      store?.close();
    },
  };
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** A file is empty for some milliseconds while another process makes it. */
const MADE_WITHIN_MS = 5000;

/** What is to be said of a state file that is there and has nothing in it; null for any other. `now`: since the epoch. */
export function emptyStateNote(path: string, now: number): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > 0 || now - found.mtimeMs < MADE_WITHIN_MS) return null;
  return `The state file ${path} is empty, and is taken for a new one: if there were executions in it, bring it back from a backup`;
}
