import { type Clock, sleep } from "@orch/core";

/** How long calls have to end when the connection does. */
const GRACE_MS = 500;

/** The calls that go on, so that whoever ends a connection can wait for what they still write down. */
export class OpenCalls {
  readonly #open = new Set<Promise<unknown>>();

  /** Keeps a call, which never rejects, until it has ended. */
  readonly follow = (call: Promise<unknown>): void => {
    this.#open.add(call);
    void call.finally(() => this.#open.delete(call));
  };

  /** Resolves when all of them have ended, or are given up after half a second. */
  async settled(clock: Clock): Promise<void> {
    const over = new AbortController();
    const all = Promise.allSettled(this.#open).then(() => over.abort());
    await Promise.race([all, sleep(GRACE_MS, { clock, signal: over.signal }).catch(() => {})]);
  }
}
