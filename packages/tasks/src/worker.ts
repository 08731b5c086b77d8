// What a thread of the pool runs: attempts of actions from module files, one at a time, for as long as it is leased.
import { type MessagePort, receiveMessageOnPort, threadId } from "node:worker_threads";
import type { JsonValue } from "@orch/core/base";
import { RemoteAttempt, type RemoteLink } from "./remote-attempt.ts";
import type { Asked } from "./remote-message.ts";
import {
  type FromThread,
  requestIn,
  resultOf,
  type ThreadLease,
  type ThreadTask,
  type ToThread,
} from "./worker-message.ts";

/** What is shorter is not measured: to ask the system would take longer than the work. */
const SHORT_MS = 1;

/** What an attempt leaves running of itself; a connection or a file may belong to its module, and be used again. */
const LEFT: ReadonlySet<string> = new Set(["Timeout", "Immediate"]);

/** Serves one lease; resolves when it is released. */
export default function serve(lease: ThreadLease): Promise<void> {
  return new Lease(lease).released;
}

class Lease implements RemoteLink {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #begun: Int32Array;
  readonly #release = Promise.withResolvers<void>();
  #running: { readonly number: number; readonly attempt: RemoteAttempt } | null = null;

  constructor({ port, answers, begun }: ThreadLease) {
    this.#port = port;
    this.#answers = answers;
    this.#begun = begun;
    port.on("message", (message: ToThread) => this.#hear(message));
    this.say({ type: "ready", threadId });
  }

  get released(): Promise<void> {
    return this.#release.promise;
  }

  say(message: FromThread): void {
    this.#port.postMessage(message);
  }

  ask(what: Asked): JsonValue {
    const before = Atomics.load(this.#answers, 0);
    this.say({ type: "ask", what });
    // The answer is posted before the number grows; what else was said in between is heard on the way.
    Atomics.wait(this.#answers, 0, before);
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
      const message = next.message as ToThread;
      if ("type" in message && message.type === "answer") return message.value;
      this.#hear(message);
    }
    return null;
  }

  #hear(message: ToThread): void {
    if (!("type" in message)) void this.#perform(message);
    else if (message.type === "release") this.#end();
    // One that comes late is for an attempt that has ended.
    else if (message.type === "abort" && message.number === this.#running?.number)
      this.#running.attempt.abort(message.reason);
  }

  async #perform(task: ThreadTask): Promise<void> {
    Atomics.store(this.#begun, 0, task[0]);
    cpu.begin();
    const attempt = new RemoteAttempt(requestIn(task), this);
    this.#running = { number: task[0], attempt };
    const outcome = await attempt.run();
    this.#running = null;
    if (process.getActiveResourcesInfo().some((each) => LEFT.has(each))) this.say({ type: "spoilt" });
    this.say(resultOf(outcome, cpu.end()));
  }

  #end(): void {
    // Only when it has closed: a thread without a lease sleeps, and closes nothing.
    this.#port.on("close", () => this.#release.resolve());
    this.#port.close();
  }
}

/** Measures the processor time of attempts that this thread runs one after the other. In this file, since each costs a start. */
class ThreadCpu {
  /** Of the thread when it was last asked for. */
  #knownMs = 0;
  /** Of the short attempts since then. */
  #shortMs = 0;
  #beganMs = 0;

  /** An attempt begins. */
  begin(): void {
    this.#beganMs = elapsedMs();
  }

  /** What it took, milliseconds: measured, but of one shorter than a millisecond its whole duration. */
  end(): number {
    const lastedMs = elapsedMs() - this.#beganMs;
    if (lastedMs < SHORT_MS) {
      this.#shortMs += lastedMs;
      return lastedMs;
    }
    const { user, system } = process.threadCpuUsage();
    const nowMs = (user + system) / 1000;
    const usedMs = nowMs - this.#knownMs - this.#shortMs;
    [this.#knownMs, this.#shortMs] = [nowMs, 0];
    return Math.min(Math.max(0, usedMs), lastedMs);
  }
}

/** No clock that a test would step: it is compared with what the system measures. */
const elapsedMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Of the thread, which serves one lease after the other. */
const cpu = new ThreadCpu();
