import { systemClock } from "./clock.ts";
import { asStorageError } from "./sqlite-error.ts";

/** Waiting for another process while opening; afterwards a locked file is refused at once. */
const OPEN_TIMEOUT_MS = 2000;
/** The pause between two attempts. */
const PAUSE_MS = 2;

/**
 * Opens the file at `path` by `open`, again and again while another process has it locked, for {@link OPEN_TIMEOUT_MS} in
 * all: SQLite itself says so at once, without waiting, where it would have to wait for one that may be waiting for it, as
 * in the switch to WAL. `open` gets how long it may wait, and leaves nothing open when it throws.
 */
export function openPatiently<Result>(path: string, open: (timeoutMs: number) => Result): Result {
  const deadline = systemClock.monotonic() + OPEN_TIMEOUT_MS;
  for (;;) {
    const leftMs = Math.max(0, Math.ceil(deadline - systemClock.monotonic()));
    try {
      return open(leftMs);
    } catch (cause) {
      const error = asStorageError(cause, path);
      if (error.code !== "STORE_LOCKED" || systemClock.monotonic() >= deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
