// The entry of a child process: runs one attempt of an action from a module file, and ends.
import { readSync } from "node:fs";
import { invariant, type JsonValue } from "@orch/core/base";
import { descendantsOf } from "./descendants.ts";
import { failureOf, type Outcome } from "./failure.ts";
import { ASK_FD, type FromProcess, LENGTH_BYTES, type ToProcess } from "./process-message.ts";
import { RemoteAttempt, type RemoteLink } from "./remote-attempt.ts";
import type { Asked, RemoteRequest } from "./remote-message.ts";

const send = process.send?.bind(process);
invariant(send !== undefined, "This file is the entry of a child process");
// What the action sends or closes there would be taken for ours.
delete process.send;

let attempt: RemoteAttempt | null = null;

const say = (message: FromProcess, sent?: () => void) => {
  send(message, undefined, {}, sent);
};

const link: RemoteLink = {
  say,
  ask(what: Asked): JsonValue {
    say({ type: "ask", what });
    const length = read(LENGTH_BYTES)?.readUInt32LE();
    const text = length === undefined ? undefined : read(length)?.toString("utf8");
    return text === undefined ? null : (JSON.parse(text) as JsonValue);
  },
};

/** As many bytes as are wanted, waiting for them; undefined when the engine is gone. */
function read(wanted: number): Buffer | undefined {
  const buffer = Buffer.alloc(wanted);
  for (let had = 0; had < wanted; ) {
    const got = readSync(ASK_FD, buffer, had, wanted - had, null);
    if (got === 0) return undefined;
    had += got;
  }
  return buffer;
}

async function run(request: RemoteRequest): Promise<void> {
  attempt = new RemoteAttempt(request, link);
  const before = process.cpuUsage();
  const outcome = await attempt.run();
  const { user, system } = process.cpuUsage(before);
  const usage = { cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 };
  const ended: Outcome = { ...outcome, usage };
  // Once this process is gone, nobody can tell any more whose children they were.
  const left = descendantsOf(process.pid);
  // Whatever the action left running does not keep the process.
  say({ type: "ended", outcome: ended, left }, () => process.exit(0));
}

process.on("message", (message: ToProcess) => {
  if (message.type === "run") void run(message.request);
  else attempt?.abort(message.reason);
});
process.on("disconnect", () => process.exit(1));
process.on("uncaughtExceptionMonitor", (error) => say({ type: "died", failure: failureOf(error) }));
// The group is told to stop together with the action. Why is in the message, which may come a moment later.
process.on("SIGTERM", () =>
  setImmediate(() =>
    attempt?.abort({ message: "The process was told to end", type: "TaskCancelledError", code: "CANCELLED" }),
  ),
);
