import { statSync } from "node:fs";
import { StorageError } from "./errors.ts";
import type { Store } from "./store.ts";

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
