// The entry of a worker thread: runs attempts of actions from module files, one at a time.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { invariant, type JsonValue, systemClock } from "@orch/core/base";
import { RemoteAttempt, type RemoteLink } from "./remote-attempt.ts";
import type { Asked } from "./remote-message.ts";
import { ThreadCpu } from "./thread-cpu.ts";
import {
  type FromThread,
  requestIn,
  resultOf,
  type ThreadData,
  type ThreadTask,
  type ToThread,
} from "./worker-message.ts";

invariant(parentPort !== null, "This file is the entry of a worker thread");
const port = parentPort;
const { answers, idleMs } = workerData as ThreadData;
const cpu = new ThreadCpu();
let running: { readonly number: number; readonly attempt: RemoteAttempt } | null = null;
/** Attempts so far. */
let count = 0;

const say = (message: FromThread) => port.postMessage(message);

const link: RemoteLink = {
  say,
  ask(what: Asked): JsonValue {
    const before = Atomics.load(answers, 0);
    say({ type: "ask", what });
    // The answer is posted before the number grows; what else was said in between is heard on the way.
    Atomics.wait(answers, 0, before);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      const message = next.message as ToThread;
      if ("type" in message && message.type === "answer") return message.value;
      hear(message);
    }
    return null;
  },
};

function hear(message: ToThread): void {
  if (!("type" in message)) void run(message);
  // One that comes late is for an attempt that has ended.
  else if (message.type === "abort" && message.number === running?.number)
    running.attempt.abort(message.reason);
}

async function run(task: ThreadTask): Promise<void> {
  count++;
  cpu.begin();
  const attempt = new RemoteAttempt(requestIn(task), link);
  running = { number: task[0], attempt };
  const outcome = await attempt.run();
  running = null;
  say(resultOf(outcome, cpu.end()));
}

/** Looks now and then whether anything ran since the last time: a timer per attempt would cost more than the attempt. */
function watchIdle(seen: number): void {
  systemClock.setTimer(() => {
    if (running === null && count === seen) say({ type: "idle" });
    watchIdle(count);
  }, idleMs);
}

port.on("message", hear);
watchIdle(-1);
