import { memoryStore, type Store } from "@orch/core";

/** Where a process dies: after its commit number `commits`, and before or after it could act on that commit. */
export interface CrashPoint {
  readonly commits: number;
  readonly acted: boolean;
}

/** A store whose process dies at a point; what was committed until then stays in `disk`. */
export function crashingStore(
  disk: Store,
  { commits, acted }: CrashPoint,
): Store & { readonly isDead: () => boolean } {
  let done = 0;
  let dead = false;
  return {
    isDead: () => dead,
    get: (key) => disk.get(key),
    list: (prefix, options) => disk.list(prefix, options),
    foreignVersion: () => disk.foreignVersion(),
    close: () => {},
    transact: (work) => {
      if (done === commits) dead = true;
      if (dead) throw new Error("The process has died");
      const result = disk.transact(work);
      done++;
      // Committed, and nobody in this process will ever know.
      if (done === commits && !acted) {
        dead = true;
        throw new Error("The process has died");
      }
      return result;
    },
  };
}

/** A disk, and how many commits were made on it. */
export function countingStore(): { readonly store: Store; readonly commits: () => number } {
  const store = memoryStore();
  let commits = 0;
  const transact: Store["transact"] = (work) => {
    const result = store.transact(work);
    commits++;
    return result;
  };
  return {
    store: {
      get: (key) => store.get(key),
      list: (prefix, options) => store.list(prefix, options),
      foreignVersion: () => 0,
      close: () => {},
      transact,
    },
    commits: () => commits,
  };
}
