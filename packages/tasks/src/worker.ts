// What a thread of the pool runs: attempts of actions from module files, one at a time, for as long as it is leased.
import { type MessagePort, receiveMessageOnPort, threadId } from "node:worker_threads";
import { type JsonValue, systemClock } from "@orch/core/base";
import { RemoteAttempt, type RemoteLink } from "./remote-attempt.ts";
import type { Asked } from "./remote-message.ts";
import { ThreadCpu } from "./thread-cpu.ts";
import {
  type FromThread,
  requestIn,
  resultOf,
  type ThreadLease,
  type ThreadTask,
  type ToThread,
} from "./worker-message.ts";

const cpu = new ThreadCpu();

/** Serves one lease; resolves when it is released. */
export default function serve(lease: ThreadLease): Promise<void> {
  return new Lease(lease).released;
}

class Lease implements RemoteLink {
  readonly #port: MessagePort;
  readonly #answers: Int32Array;
  readonly #idleMs: number;
  readonly #release = Promise.withResolvers<void>();
  #running: { readonly number: number; readonly attempt: RemoteAttempt } | null = null;
  /** Attempts so far. */
  #count = 0;
  #stopWatching = () => {};

  constructor({ port, answers, idleMs }: ThreadLease) {
    this.#port = port;
    this.#answers = answers;
    this.#idleMs = idleMs;
    port.on("message", (message: ToThread) => this.#hear(message));
    this.say({ type: "ready", threadId });
    this.#watchIdle(-1);
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
    this.#count++;
    cpu.begin();
    const attempt = new RemoteAttempt(requestIn(task), this);
    this.#running = { number: task[0], attempt };
    const outcome = await attempt.run();
    this.#running = null;
    this.say(resultOf(outcome, cpu.end()));
  }

  /** Looks now and then whether anything ran since the last time: a timer per attempt would cost more than the attempt. */
  #watchIdle(seen: number): void {
    this.#stopWatching = systemClock.setTimer(() => {
      if (this.#running === null && this.#count === seen) this.say({ type: "idle" });
      this.#watchIdle(this.#count);
    }, this.#idleMs);
  }

  #end(): void {
    this.#stopWatching();
    // Only when it has closed: a thread without a lease sleeps, and closes nothing.
    this.#port.on("close", () => this.#release.resolve());
    this.#port.close();
  }
}
