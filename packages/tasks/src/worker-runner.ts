import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type Clock, systemClock } from "@orch/core";
import type Tinypool from "tinypool";
import { failed, failureOf, type Outcome } from "./failure.ts";
import type { Attempt, Runner } from "./runner.ts";
import { ThreadSlots } from "./thread-slots.ts";
import { exitedWithoutResult, workerDied } from "./worker-error.ts";
import type { FromWorker, ToWorker, WorkerRequest } from "./worker-message.ts";

/** How long code may take to stop by itself before its thread is ended. */
export const CANCEL_GRACE_MS = 5000;
/** After the end of a thread its error, if there is one, comes within this. */
const LAST_WORD_MS = 100;
/** A thread that had nothing to do for this long ends. */
const IDLE_MS = 30_000;
const ENTRY = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** Options of {@link WorkerRunner}. */
export interface WorkerRunnerOptions {
  /** Threads at most. @default what the machine can run in parallel */
  readonly threads?: number;
  /** Heap of a thread in MiB. It bounds JavaScript objects only, and not all of them: no boundary for hostile code. @default that of the process */
  readonly heapMb?: number;
  readonly clock?: Clock;
}

/** An attempt that has a thread. */
interface Run {
  readonly attempt: Attempt;
  /** Its code has begun: from then on a failure of the pool does not concern it. */
  begun: boolean;
  settle(outcome: Outcome): void;
}

/** Both ends of what connects an attempt with its thread. */
interface Channel {
  readonly ours: MessagePort;
  /** Without effect once it has been sent to the thread. */
  readonly theirs: MessagePort;
}

/**
 * Runs attempts in worker threads, for code that computes: the engine's thread stays free, and a thread that does not stop
 * when asked is ended after {@link CANCEL_GRACE_MS}. The pool is started with the first attempt; attempts wait for a thread
 * in the order in which they come. A thread that dies fails only its own attempt.
 */
export class WorkerRunner implements Runner {
  readonly #slots: ThreadSlots;
  readonly #threads: number;
  readonly #heapMb: number | undefined;
  readonly #clock: Clock;
  #pool: Promise<Tinypool> | null = null;
  readonly #runs = new Set<Run>();

  constructor({ threads = availableParallelism(), heapMb, clock = systemClock }: WorkerRunnerOptions = {}) {
    this.#threads = Math.max(1, threads);
    this.#slots = new ThreadSlots(this.#threads);
    this.#heapMb = heapMb;
    this.#clock = clock;
  }

  async run(attempt: Attempt): Promise<Outcome> {
    const { signal } = attempt.context;
    if (!(await this.#slots.take(signal))) return failed(signal.reason);
    try {
      this.#pool ??= this.#open();
      return await this.#runInThread(attempt, await this.#pool);
    } catch (error) {
      return failed(signal.aborted ? signal.reason : workerDied(error, attempt));
    } finally {
      this.#slots.give();
    }
  }

  async close(): Promise<void> {
    const pool = await this.#pool;
    this.#pool = null;
    await pool?.destroy();
  }

  async #runInThread(attempt: Attempt, pool: Tinypool): Promise<Outcome> {
    const { signal } = attempt.context;
    const { port1: ours, port2: theirs } = new MessageChannel();
    const thread = new AbortController();
    let stopGrace = () => {};
    const onAbort = () => {
      const { message, type, code } = failureOf(signal.reason);
      ours.postMessage({ type: "abort", reason: { message, type, code } } satisfies ToWorker);
      stopGrace = this.#clock.setTimer(() => thread.abort(), CANCEL_GRACE_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      const request = requestOf(attempt);
      const result = pool.run(
        { request, port: theirs },
        { transferList: [theirs], signal: thread.signal },
      ) as Promise<Outcome>;
      return await this.#settled(result, { ours, theirs }, attempt);
    } finally {
      stopGrace();
      signal.removeEventListener("abort", onAbort);
      ours.close();
      // Makes the pool let go of a thread that exited by itself; one that has returned a result is not concerned any more.
      thread.abort();
    }
  }

  /**
   * What `result` becomes; or why it never will: the pool leaves it pending when a thread cannot start or exits by itself.
   * A thread that is ended has an outcome only when it is gone: the pool does not wait for it, and a native call goes on.
   */
  #settled(result: Promise<Outcome>, { ours: port, theirs }: Channel, attempt: Attempt): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const run: Run = { attempt, begun: false, settle: resolve };
    this.#runs.add(run);
    let isOpen = true;
    let stopTimer = () => {};
    const gone = Promise.withResolvers<void>();
    // Only the end of the thread closes its end of the channel before the result is here; why it ended is told later.
    port.on("close", () => {
      isOpen = false;
      gone.resolve();
      if (this.#runs.has(run))
        stopTimer = this.#clock.setTimer(() => resolve(failed(exitedWithoutResult(attempt))), LAST_WORD_MS);
    });
    result.then(
      (outcome) => {
        // What the code said last may be behind its result. To ask a closed port would end the process.
        for (let rest = isOpen && receiveMessageOnPort(port); rest; rest = receiveMessageOnPort(port))
          hear(rest.message as FromWorker, attempt);
        resolve(outcome);
      },
      (error: unknown) => {
        // Closes the channel of an attempt that never got to a thread. The thread of one that did has taken this end along.
        theirs.close();
        port.ref();
        void gone.promise.then(() => reject(error));
      },
    );
    port.on("message", (message: FromWorker) => {
      run.begun = true;
      hear(message, attempt);
    });
    // The port alone must not keep the process alive.
    port.unref();
    return promise.finally(() => {
      stopTimer();
      this.#runs.delete(run);
    });
  }

  async #open(): Promise<Tinypool> {
    const { default: Pool } = await import("tinypool");
    const resourceLimits =
      this.#heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: this.#heapMb } };
    const pool = new Pool({
      filename: ENTRY.href,
      minThreads: 0,
      maxThreads: this.#threads,
      idleTimeout: IDLE_MS,
      ...resourceLimits,
    });
    // A thread that could not start, or died between two attempts. Without a listener the process would end, and who
    // waits for that thread would wait for ever.
    pool.on("error", (error: unknown) => {
      for (const { attempt, begun, settle } of this.#runs)
        if (!begun) settle(failed(workerDied(error, attempt)));
    });
    return pool;
  }
}

function requestOf({ module, action, parameters, resolved, context }: Attempt): WorkerRequest {
  const { signal: _signal, logger: _logger, progress: _progress, ...plain } = context;
  return { file: resolved.file?.href ?? "", module, action, parameters, context: plain };
}

function hear(message: FromWorker, { context }: Attempt): void {
  switch (message.type) {
    case "begun":
      return;
    case "progress":
      context.progress(message.fraction, message.text);
      return;
    case "log":
      context.logger[message.level](message.message, message.fields);
  }
}
