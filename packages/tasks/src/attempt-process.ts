import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { serialize } from "node:v8";
import { type JsonValue, newRandomId } from "@orch/core";
import { descendantsOf } from "./descendants.ts";
import { type Failure, failed, failureOf, type Outcome, type Usage } from "./failure.ts";
import { type GroupBook, leftGroupOf } from "./group-book.ts";
import { NoMessage } from "./no-message.ts";
import { frame } from "./process-frame.ts";
import { endGroup, type ProcessGroup, see, signalGroup } from "./process-group.ts";
import { type LaunchOptions, launch } from "./process-launch.ts";
import { type FromProcess, TOLD_FD, type ToProcess, WORD_FD } from "./process-message.ts";
import { ProcessOutput } from "./process-output.ts";
import { ProcessSaid } from "./process-said.ts";
import { usageOf } from "./process-usage.ts";
import { hear, MOST_ASKS, requestOf } from "./remote-message.ts";
import type { Attempt } from "./runner.ts";
import { within } from "./within.ts";
import { exitedWithoutResult, outOfMemory, workerDied } from "./worker-error.ts";

/** How long a child that has returned its result may take to end by itself. */
const EXIT_GRACE_MS = 1000;
/** How long the pipes of a child that is gone may take to close: somebody else may hold them. */
const CLOSE_GRACE_MS = 1000;
/** What Node and V8 write before they end for want of memory. */
const NO_MEMORY = /out of memory|allocation failed|cannot allocate memory|bad_alloc/i;

/** Looks for the sake of such words: V8 writes a few of them, any code as many as it likes. */
const MOST_HINTS = 16;

const NO_BUFFER = /^ERR_MEMORY_ALLOCATION_FAILED|Array buffer allocation failed$/;

/** The child process of one attempt, from its start to the end of everything that it has started. */
export class AttemptProcess {
  /** How the attempt ended; told when no process of it is left. Never rejects. */
  readonly ended: Promise<Outcome>;
  readonly #attempt: Attempt;
  readonly #child: ChildProcess;
  readonly #group: ProcessGroup | null;
  readonly #errors: ProcessOutput;
  readonly #closed: Promise<unknown>;
  /** All that it said has been heard. */
  readonly #silent: Promise<unknown>;
  #outcome: Outcome | null = null;
  #died: Failure | null = null;
  /** What it could not be run for, or what made it be ended. */
  #refused: { readonly error: unknown } | null = null;
  /** By its own account, else as it was last seen. */
  #usage: { readonly isTold: boolean; readonly value: Usage } | null = null;
  #asks = 0;
  #killed = false;
  /** Whether the child knows what to run. */
  #isTold = false;

  constructor(
    attempt: Attempt,
    options: Omit<LaunchOptions, "mark">,
    book: Pick<GroupBook, "enter" | "leave"> | null = null,
  ) {
    const mark = newRandomId();
    this.#attempt = attempt;
    const child = launch({ ...options, mark });
    this.#child = child;
    this.#group = child.pid === undefined ? null : { leader: child.pid, mark, seen: new Map() };
    const { logger } = attempt.context;
    new ProcessOutput(child.stdout, (line) => logger.info(line, { stream: "stdout" }));
    let hints = 0;
    this.#errors = new ProcessOutput(child.stderr, (line) => {
      // Mostly it takes a moment between this and its end.
      if (NO_MEMORY.test(line) && hints++ < MOST_HINTS) this.#look();
      logger.warn(line, { stream: "stderr" });
    });
    // A pipe to a child that is gone breaks; that it is gone is told elsewhere.
    for (const pipe of child.stdio.slice(WORD_FD)) pipe?.on("error", () => {});
    // What somebody writes where only the engine does is thrown away.
    pipeOf(child, TOLD_FD)?.resume();
    this.#silent = this.#listen(pipeOf(child, WORD_FD));
    child.on("error", () => {});
    this.#closed = once(child, "close").catch(() => {});
    this.ended = this.#live();
    void this.#begin(book);
  }

  /** Hears what the child says, and resolves when no more can come. */
  async #listen(pipe: Duplex | null): Promise<void> {
    if (pipe === null) return;
    const said = new ProcessSaid();
    pipe.on("data", (piece: Buffer) => {
      try {
        for (const message of said.read(piece)) this.#hear(message);
      } catch (error) {
        if (!(error instanceof NoMessage)) throw error;
        pipe.destroy();
        this.#refuse(error);
      }
    });
    // When the child has ended: as long as the system has not told that, it has the last figures.
    pipe.once("end", () => this.#look());
    await new Promise((resolve) => pipe.once("close", resolve));
    // Mostly it closes because the child ends.
    void this.#exitSoon();
  }

  /** Tells the child what to run: when it is recorded, so that nothing runs that nobody could end. */
  async #begin(book: Pick<GroupBook, "enter" | "leave"> | null): Promise<void> {
    const left = book && this.#group ? leftGroupOf(this.#group) : null;
    if (book && left) {
      void this.ended.then(() => book.leave(left));
      await book.enter(left);
    }
    this.#isTold = true;
    try {
      this.#tell({ type: "run", request: requestOf(this.#attempt) });
    } catch (error) {
      // Its parameters cannot be sent.
      this.#refuse(error);
    }
  }

  /** Tells the code to stop, and whatever it has started. */
  abort(reason: unknown): void {
    // It may end of it at once, without a word.
    this.#look();
    if (!this.#isTold) this.kill();
    const { message, type, code } = failureOf(reason);
    this.#tell({ type: "abort", reason: { message, type, code } });
    this.#signal("SIGTERM");
  }

  /** Kills it with everything that it has started. */
  kill(): void {
    this.#killed ||= this.#outcome === null;
    this.#look();
    this.#signal("SIGKILL");
  }

  /** What it says cannot be relied on: it is ended with everything that it has started. */
  #refuse(error: unknown): void {
    this.#refused ??= { error };
    this.kill();
  }

  /** Notes what it has started and what it has used, as long as there is a process that can be looked at. */
  #look(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (this.#group === null || pid === undefined || exitCode !== null || signalCode !== null) return;
    see(this.#group, descendantsOf(pid));
    const now = usageOf(pid);
    if (now === null || this.#usage?.isTold) return;
    // One that has just ended has no memory any more.
    const peakBytes = Math.max(now.peakBytes, this.#usage?.value.peakBytes ?? 0);
    this.#usage = { isTold: false, value: { ...now, peakBytes } };
  }

  #signal(signal: NodeJS.Signals): void {
    if (process.platform === "win32") this.#child.kill(signal);
    else if (this.#group) signalGroup(this.#group, signal);
  }

  async #live(): Promise<Outcome> {
    let exit: { readonly code: number | null; readonly signal: string | null };
    try {
      const [code, signal] = (await once(this.#child, "exit")) as [number | null, string | null];
      exit = { code, signal };
    } catch (error) {
      return failed(workerDied(error, this.#attempt, "process"));
    }
    this.#signal("SIGKILL");
    // Its last word may be on the way, and names who belongs to it.
    await within(CLOSE_GRACE_MS, this.#silent);
    if (this.#group) await endGroup(this.#group);
    await within(CLOSE_GRACE_MS, this.#closed);
    for (const pipe of this.#child.stdio) pipe?.destroy();
    const outcome = this.#outcome ?? failed(this.#whyLost(exit));
    return this.#usage === null ? outcome : { ...outcome, usage: this.#usage.value };
  }

  #whyLost(exit: { readonly code: number | null; readonly signal: string | null }): unknown {
    const { signal } = this.#attempt.context;
    if (signal.aborted) return signal.reason;
    if (this.#refused) {
      const { error } = this.#refused;
      return error instanceof NoMessage ? workerDied(error, this.#attempt, "process") : error;
    }
    const { tail } = this.#errors;
    const details = { exit_code: exit.code, signal: exit.signal, stderr: tail };
    if (exit.signal !== null && NO_MEMORY.test(tail))
      return outOfMemory(NO_MEMORY.exec(tail)?.[0] ?? "", this.#attempt, "process", details);
    if (this.#died) return workerDied(new Error(this.#died.message), this.#attempt, "process", details);
    if (exit.signal === null || this.#killed) return exitedWithoutResult(this.#attempt, "process", details);
    return workerDied(new Error(`killed by ${exit.signal}`), this.#attempt, "process", details);
  }

  #hear(message: FromProcess): void {
    switch (message.type) {
      case "ended":
        this.#outcome ??= this.#checked(message.outcome);
        void this.#exitSoon();
        return;
      case "died":
        this.#died = message.failure;
        return;
      case "leaves":
        if (this.#group) see(this.#group, message.left);
        this.#usage = { isTold: true, value: message.usage };
        return;
      case "ask":
        if (++this.#asks > MOST_ASKS) throw new NoMessage("too many asks");
        hear(message, this.#attempt, (value) => this.#answer(value));
        return;
      default:
        hear(message, this.#attempt, () => {});
    }
  }

  /** A buffer that did not fit is thrown like any error, but tells of the limit. */
  #checked(outcome: Outcome): Outcome {
    if (outcome.ok || !NO_BUFFER.test(`${outcome.failure.code} ${outcome.failure.message}`)) return outcome;
    return { ...outcome, ...failed(outOfMemory(outcome.failure.message, this.#attempt, "process")) };
  }

  async #exitSoon(): Promise<void> {
    await within(EXIT_GRACE_MS, this.#closed);
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.kill();
  }

  #answer(value: JsonValue): void {
    pipeOf(this.#child, WORD_FD)?.write(frame(Buffer.from(JSON.stringify(value))));
  }

  #tell(message: ToProcess): void {
    const pipe = pipeOf(this.#child, TOLD_FD);
    // One that is gone is not told any more; its end says the rest.
    if (pipe?.writable) pipe.write(frame(serialize(message)));
  }
}

/** One of the pipes to a child; null where it could not be started. */
const pipeOf = (child: ChildProcess, fd: number): Duplex | null => (child.stdio[fd] ?? null) as Duplex | null;
