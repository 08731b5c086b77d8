import { errorMessage, type JsonValue } from "@orch/core";
import { offerWrite, type TaskRuntime } from "@orch/tasks";
import type { ExecutionRequest } from "./execution-request.ts";
import { readRequests } from "./execution-request.ts";
import type { Executions } from "./executions.ts";

/** How often it is looked for what other processes ask. */
const POLL_MS = 250;

/** Finds what other processes ask of the executions of this one. Looks only while there are any, and only at what changed. */
export class RequestWatch {
  readonly #runtime: TaskRuntime;
  readonly #executions: Executions;
  /** Undoes the timer; null while nothing is looked for. */
  #undo: (() => void) | null = null;
  #seen = -1;

  constructor(runtime: TaskRuntime, executions: Executions) {
    this.#runtime = runtime;
    this.#executions = executions;
  }

  /** Looks from now on, until no execution is left. */
  look(): void {
    this.#undo ??= this.#runtime.clock.setTimer(() => {
      this.#undo = null;
      const { size, drainingSize } = this.#executions;
      if (size + drainingSize === 0 || this.#runtime.error) return;
      if (drainingSize > 0) this.#runtime.post(this.#executions, { type: "look_at_draining" });
      if (size > 0) this.#takeIn();
      this.look();
    }, POLL_MS);
  }

  /** Looks no more. */
  stop(): void {
    this.#undo?.();
    this.#undo = null;
  }

  #takeIn(): void {
    const { store, logger } = this.#runtime;
    const version = store.foreignVersion();
    if (version === this.#seen) return;
    this.#seen = version;
    for (const { key, id, request } of readRequests(null, store)) {
      if (!this.#executions.get(id)) continue;
      const refused = (error: unknown) =>
        logger.warn(`A request to execution '${id}' is refused: ${errorMessage(error)}`, {
          execution_id: id,
        });
      this.#runtime.post(this.#executions, { type: "request", id, request, key, done: () => {}, refused });
    }
  }
}

/** Leaves a request in the store. Throws STORE_LOCKED when another process holds it for seconds. */
export const storeRequest = (key: string, request: ExecutionRequest, runtime: TaskRuntime): Promise<void> =>
  offerWrite((tx) => tx.put(key, request as unknown as JsonValue), runtime);
