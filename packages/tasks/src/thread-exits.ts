import type { EventEmitter } from "node:events";
import { errorMessage, isObject } from "@orch/core";
import type Tinypool from "tinypool";
import { NoMessage } from "./no-message.ts";

/** Tells who leases a thread of the pool when that thread has exited, and of what also where the pool does not. */
export class ThreadExits {
  readonly #pool: Tinypool;
  readonly #watched = new WeakSet<object>();
  /** Whom to tell, by the number of the thread. */
  readonly #leases = new Map<number, () => void>();

  constructor(pool: Tinypool) {
    this.#pool = pool;
    // The pool takes `null` for no error: a lease whose thread died of it seems to have ended well, with null as its result.
    const run = pool.run.bind(pool);
    pool.run = async (lease, options) => {
      const result: unknown = await run(lease, options);
      if (result === null) throw new TypeError(errorMessage(null));
      return result;
    };
  }

  /** Calls `exited` when the thread exits, instead of who leased it before; never for one that has left the pool. */
  watch(threadId: number, exited: () => void): void {
    const thread = this.#pool.threads.find((each) => each.threadId === threadId);
    if (thread === undefined) return;
    this.#leases.set(threadId, exited);
    // One listener for each thread: it is leased again and again.
    if (this.#watched.has(thread)) return;
    this.#watched.add(thread);
    guard(thread as { readonly thread?: EventEmitter });
    thread.once("exit", () => {
      this.#leases.get(threadId)?.();
      this.#leases.delete(threadId);
    });
  }
}

/**
 * The pool reads what comes on a thread's own port as if only itself could write there: for null it would throw where
 * nobody catches it. The thread dies of it instead.
 */
function guard({ thread }: { readonly thread?: EventEmitter }): void {
  if (thread === undefined) return;
  const listeners = thread.listeners("message");
  thread.removeAllListeners("message");
  thread.on("message", (message: unknown) => {
    if (isObject(message)) for (const listener of listeners) Reflect.apply(listener, thread, [message]);
    else thread.emit("error", new NoMessage("it came on the port of the pool"));
  });
}
