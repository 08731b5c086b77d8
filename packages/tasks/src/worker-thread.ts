import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { failed, failureOf, type Outcome } from "./failure.ts";
import { hear, requestOf } from "./remote-message.ts";
import type { Attempt } from "./runner.ts";
import { exitedWithoutResult, workerDied } from "./worker-error.ts";
import { type FromThread, outcomeIn, type ThreadData, type ToThread, taskOf } from "./worker-message.ts";

/** A thread that had nothing to do for this long ends. */
const IDLE_MS = 30_000;
const ENTRY = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** The attempt that the thread runs. */
interface Run {
  readonly attempt: Attempt;
  readonly number: number;
  settle(outcome: Outcome): void;
}

/**
 * One worker thread, which runs one attempt after the other. Everything goes through one channel, so that what the code has
 * said is heard before its result. Once it has died it stays dead: the next attempt takes a new one. It keeps the process
 * alive only while an attempt runs.
 */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #run: Run | null = null;
  #runs = 0;
  /** What it died of; set before its end is told. */
  #error: unknown = null;
  #ending: Promise<unknown> | null = null;
  #gone = false;

  /** Starts it. `heapMb` bounds its JavaScript heap. */
  constructor(heapMb: number | undefined) {
    const workerData: ThreadData = { answers: this.#answers, idleMs: IDLE_MS };
    const resourceLimits = heapMb === undefined ? {} : { maxOldGenerationSizeMb: heapMb };
    this.#worker = new Worker(ENTRY, { workerData, resourceLimits });
    this.#worker.on("message", (message: FromThread) => this.#hear(message));
    this.#worker.on("error", (error) => {
      this.#error = error ?? new Error(`It threw ${String(error)}`);
    });
    this.#worker.on("exit", () => this.#exited());
    this.#worker.unref();
  }

  /** Whether it can run an attempt. */
  get alive(): boolean {
    return !this.#gone && this.#ending === null;
  }

  /** Runs an attempt and resolves when its code has ended, or the thread is gone. One at a time. */
  run(attempt: Attempt): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const run: Run = { attempt, number: ++this.#runs, settle: resolve };
    try {
      this.#worker.postMessage(taskOf(run.number, requestOf(attempt)));
    } catch (error) {
      // Its parameters are no JSON: nothing was sent.
      return Promise.resolve(failed(error));
    }
    this.#run = run;
    this.#worker.ref();
    return promise;
  }

  /** Tells the code of the running attempt to stop. */
  abort(reason: unknown): void {
    if (this.#run === null) return;
    const { message, type, code } = failureOf(reason);
    this.#tell({ type: "abort", number: this.#run.number, reason: { message, type, code } });
  }

  /** Ends the thread and resolves when it is gone, which takes as long as a native call that it is in. */
  async kill(): Promise<void> {
    if (this.#gone) return;
    this.#ending ??= this.#worker.terminate();
    await this.#ending;
  }

  #hear(message: FromThread): void {
    const outcome = outcomeIn(message);
    if (outcome !== null) this.#end(outcome);
    else if (!("type" in message) || message.type === "failed") return;
    else if (message.type === "idle") {
      if (this.#run === null) void this.kill();
    } else if (this.#run) hear(message, this.#run.attempt, (value) => this.#answer(value));
    else if (message.type === "ask") this.#answer(null);
  }

  #answer(value: Extract<ToThread, { type: "answer" }>["value"]): void {
    this.#tell({ type: "answer", value });
    Atomics.add(this.#answers, 0, 1);
    Atomics.notify(this.#answers, 0);
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #exited(): void {
    this.#gone = true;
    if (this.#run === null) return;
    const { attempt } = this.#run;
    const { signal } = attempt.context;
    if (this.#ending !== null && signal.aborted) this.#end(failed(signal.reason));
    else if (this.#error === null) this.#end(failed(exitedWithoutResult(attempt)));
    else this.#end(failed(workerDied(this.#error, attempt)));
  }

  #end(outcome: Outcome): void {
    const run = this.#run;
    this.#run = null;
    this.#worker.unref();
    run?.settle(outcome);
  }
}
