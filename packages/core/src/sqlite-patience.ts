import { systemClock } from "./clock.ts";
import { asStorageError } from "./sqlite-error.ts";
import { whileLocked } from "./while-locked.ts";

/** Waiting for another process while opening; afterwards a locked file is refused at once. */
const OPEN_TIMEOUT_MS = 2000;

/**
 * Opens the file at `path` by `open`, again and again while another process has it locked, for {@link OPEN_TIMEOUT_MS} in
 * all: SQLite itself says so at once, without waiting, where it would have to wait for one that may be waiting for it, as
 * in the switch to WAL. `open` gets how long it may wait, and leaves nothing open when it throws.
 */
export function openPatiently<Result>(path: string, open: (timeoutMs: number) => Result): Result {
  const deadline = systemClock.monotonic() + OPEN_TIMEOUT_MS;
  return whileLocked(OPEN_TIMEOUT_MS, () => {
    try {
      return open(Math.max(0, Math.ceil(deadline - systemClock.monotonic())));
    } catch (cause) {
      throw asStorageError(cause, path);
    }
  });
}
