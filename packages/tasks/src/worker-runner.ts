import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type Clock, errorMessage, systemClock } from "@orch/core";
import type Tinypool from "tinypool";
import { TaskExecutionError } from "./errors.ts";
import { failed, type Outcome } from "./failure.ts";
import type { Attempt, Runner } from "./runner.ts";
import type { FromWorker, ToWorker, WorkerRequest } from "./worker-message.ts";

/** How long code may take to stop by itself before its thread is ended. */
const CANCEL_GRACE_MS = 5000;
const ENTRY = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** Options of {@link WorkerRunner}. */
export interface WorkerRunnerOptions {
  /** Threads at most. @default what the machine can run in parallel */
  readonly threads?: number;
  readonly clock?: Clock;
}

/**
 * Runs attempts in worker threads, for code that computes: the engine's thread stays free, and a thread that does not stop
 * when asked is ended. The pool is started with the first attempt. A thread that dies fails only its own attempt.
 */
export class WorkerRunner implements Runner {
  readonly #threads: number;
  readonly #clock: Clock;
  #pool: Promise<Tinypool> | null = null;
  /** Ends the waiting of running attempts: tinypool leaves them pending when a thread cannot start or exits by itself. */
  readonly #waiting = new Set<(outcome: Outcome) => void>();

  constructor({ threads = availableParallelism(), clock = systemClock }: WorkerRunnerOptions = {}) {
    this.#threads = Math.max(1, threads);
    this.#clock = clock;
  }

  async run(attempt: Attempt): Promise<Outcome> {
    const { signal } = attempt.context;
    if (signal.aborted) return failed(signal.reason);
    const { port1: ours, port2: theirs } = new MessageChannel();
    const thread = new AbortController();
    let stopGrace = () => {};
    const onAbort = () => {
      ours.postMessage({ type: "abort", message: errorMessage(signal.reason) } satisfies ToWorker);
      stopGrace = this.#clock.setTimer(() => thread.abort(), CANCEL_GRACE_MS);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    listen(ours, attempt);
    try {
      const pool = await (this.#pool ??= this.#open());
      const request = requestOf(attempt);
      const run = pool.run({ request, port: theirs }, { transferList: [theirs], signal: thread.signal }) as Promise<Outcome>;
      const outcome = await this.#settled(run, ours, attempt);
      // Makes the pool replace the thread that exited; one that returned is not concerned any more.
      thread.abort();
      return outcome;
    } catch (error) {
      return failed(signal.aborted ? signal.reason : crashed(error, attempt));
    } finally {
      stopGrace();
      signal.removeEventListener("abort", onAbort);
      ours.close();
    }
  }

  async close(): Promise<void> {
    const pool = await this.#pool;
    this.#pool = null;
    await pool?.destroy();
  }

  /** The outcome of `run`, or why there will be none. */
  #settled(run: Promise<Outcome>, port: MessagePort, attempt: Attempt): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        this.#waiting.delete(settle);
        resolve(outcome);
      };
      this.#waiting.add(settle);
      run.then(settle, (error: unknown) => {
        this.#waiting.delete(settle);
        reject(error);
      });
      // Only the end of the thread closes its end of the channel before the result is here.
      port.on("close", () => settle(failed(exited(attempt))));
    });
  }

  async #open(): Promise<Tinypool> {
    const { default: Pool } = await import("tinypool");
    const pool = new Pool({ filename: ENTRY.href, minThreads: 0, maxThreads: this.#threads, idleTimeout: 30_000 });
    // Without a listener the process would end; the attempts that wait would wait for ever.
    pool.on("error", (error: unknown) => {
      const outcome = failed(crashed(error, null));
      for (const settle of this.#waiting) settle(outcome);
    });
    return pool;
  }
}

function requestOf({ module, action, parameters, resolved, context }: Attempt): WorkerRequest {
  const { signal: _signal, logger: _logger, progress: _progress, ...plain } = context;
  return { file: resolved.file?.href ?? "", module, action, parameters, context: plain };
}

function listen(port: MessagePort, { context }: Attempt): void {
  port.on("message", (message: FromWorker) => {
    if (message.type === "progress") context.progress(message.fraction, message.text);
    else context.logger[message.level](message.message, message.fields);
  });
  // The port alone must not keep the process alive.
  port.unref();
}

const exited = ({ module, action }: Attempt): TaskExecutionError =>
  new TaskExecutionError(`The worker thread of ${module}.${action} ended without a result`, {
    code: "EXITED_WITHOUT_RESULT",
    suggestions: ["Return a value instead of ending the process in the action."],
  });

function crashed(error: unknown, attempt: Attempt | null): TaskExecutionError {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const outOfMemory = code === "ERR_WORKER_OUT_OF_MEMORY";
  const of = attempt ? ` of ${attempt.module}.${attempt.action}` : "";
  return new TaskExecutionError(`The worker thread${of} ${outOfMemory ? "ran out of memory" : "died"}: ${errorMessage(error)}`, {
    code: outOfMemory ? "OUT_OF_MEMORY" : "WORKER_CRASHED",
    retryable: !outOfMemory,
    cause: error,
  });
}
