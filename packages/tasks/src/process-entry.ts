// The entry of a child process: runs one attempt of an action from a module file, and ends.
import { readSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { deserialize } from "node:v8";
import type { JsonValue } from "@orch/core/base";
import { descendantsOf } from "./descendants.ts";
import { failureOf, type Usage } from "./failure.ts";
import { Frames, frame, LENGTH_BYTES } from "./process-frame.ts";
import { type FromProcess, TOLD_FD, type ToProcess, WORD_FD } from "./process-message.ts";
import { peakOf } from "./process-usage.ts";
import { RemoteAttempt, type RemoteLink } from "./remote-attempt.ts";
import type { Asked, RemoteRequest } from "./remote-message.ts";

let attempt: RemoteAttempt | null = null;
/** What the process had used before the attempt began. */
let before: NodeJS.CpuUsage | undefined;

const link: RemoteLink = {
  say,
  ask(what: Asked): JsonValue {
    say({ type: "ask", what });
    const length = read(LENGTH_BYTES)?.readUInt32LE();
    const text = length === undefined ? undefined : read(length)?.toString("utf8");
    return text === undefined ? null : (JSON.parse(text) as JsonValue);
  },
};

/** Said when this returns, also in a process that ends with the next line. Throws when the engine is gone. */
function write(message: FromProcess): void {
  const bytes = frame(Buffer.from(JSON.stringify(message)));
  for (let had = 0; had < bytes.byteLength; ) had += writeSync(WORD_FD, bytes, had);
}

/** Whoever cannot be heard any more need not go on. */
function say(message: FromProcess): void {
  try {
    write(message);
  } catch {
    process.exit(1);
  }
}

/** As many bytes as are wanted, waiting for them; undefined when the engine is gone. */
function read(wanted: number): Buffer | undefined {
  const buffer = Buffer.alloc(wanted);
  for (let had = 0; had < wanted; ) {
    const got = readSync(WORD_FD, buffer, had, wanted - had, null);
    if (got === 0) return undefined;
    had += got;
  }
  return buffer;
}

async function run(request: RemoteRequest): Promise<void> {
  attempt = new RemoteAttempt(request, link);
  before = process.cpuUsage();
  const outcome = await attempt.run();
  say({ type: "ended", outcome });
  // Behind the handlers of the action, and also where it has taken all of them away.
  process.off("exit", leave);
  process.on("exit", leave);
  // Whatever the action left running does not keep the process.
  process.exit(0);
}

function usage(): Usage {
  const { user, system } = process.cpuUsage(before);
  // The system's own figure for a whole process counts the engine's memory, too, of which it began as a copy.
  const peakBytes = peakOf(process.pid) ?? process.resourceUsage().maxRSS * 1024;
  return { cpuMs: (user + system) / 1000, peakBytes };
}

/** Once this process is gone, nobody can tell any more whose children they were. */
function leave(): void {
  try {
    write({ type: "leaves", left: descendantsOf(process.pid), usage: usage() });
  } catch {
    // The engine is gone: its guard ends them.
  }
}

const told = new Socket({ fd: TOLD_FD, readable: true, writable: false });
// Written by the engine alone: as long as it must be.
const frames = new Frames(Number.POSITIVE_INFINITY);
told.on("data", (piece) => {
  for (const body of frames.read(piece)) {
    const message = deserialize(body) as ToProcess;
    if (message.type === "run") void run(message.request);
    else attempt?.abort(message.reason);
  }
});
// Whatever it is told by the break of a pipe, it is told by its end.
told.on("error", () => {});
told.on("close", () => process.exit(1));
process.on("exit", leave);
process.on("uncaughtExceptionMonitor", (error) => say({ type: "died", failure: failureOf(error) }));
// The group is told to stop together with the action. Why is in the message, which may come a moment later.
process.on("SIGTERM", () =>
  setImmediate(() =>
    attempt?.abort({ message: "The process was told to end", type: "TaskCancelledError", code: "CANCELLED" }),
  ),
);
