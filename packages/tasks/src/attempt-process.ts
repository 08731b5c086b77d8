import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type JsonValue, newRandomId } from "@orch/core";
import { descendantsOf } from "./descendants.ts";
import { type Failure, failed, failureOf, type Outcome } from "./failure.ts";
import { type GroupBook, leftGroupOf } from "./group-book.ts";
import { endGroup, type ProcessGroup, see, signalGroup } from "./process-group.ts";
import { type LaunchOptions, launch } from "./process-launch.ts";
import { ASK_FD, type FromProcess, LENGTH_BYTES, type ToProcess } from "./process-message.ts";
import { ProcessOutput } from "./process-output.ts";
import { hear, requestOf } from "./remote-message.ts";
import type { Attempt } from "./runner.ts";
import { within } from "./within.ts";
import { exitedWithoutResult, outOfMemory, workerDied } from "./worker-error.ts";

/** How long a child that has returned its result may take to end by itself. */
const EXIT_GRACE_MS = 1000;
/** How long the pipes of a child that is gone may take to close: somebody else may hold them. */
const CLOSE_GRACE_MS = 1000;
/** What Node and V8 write before they end for want of memory. */
const NO_MEMORY = /out of memory|allocation failed|cannot allocate memory|bad_alloc/i;

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
  #outcome: Outcome | null = null;
  #died: Failure | null = null;
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
    this.#errors = new ProcessOutput(child.stderr, (line) => logger.warn(line, { stream: "stderr" }));
    // A pipe to a child that is gone breaks; that it is gone is told elsewhere.
    for (const pipe of child.stdio.slice(ASK_FD)) pipe?.on("error", () => {});
    child.on("message", (message: FromProcess) => this.#hear(message));
    // Without the channel nothing can come any more; mostly it closes because the child ends.
    child.on("disconnect", () => void this.#exitSoon());
    child.on("error", () => {});
    this.#closed = once(child, "close").catch(() => {});
    this.ended = this.#live();
    void this.#begin(book);
  }

  /** Tells the child what to run: when it is recorded, so that nothing runs that nobody could end. */
  async #begin(book: Pick<GroupBook, "enter" | "leave"> | null): Promise<void> {
    const left = book && this.#group ? leftGroupOf(this.#group) : null;
    if (book && left) {
      void this.ended.then(() => book.leave(left));
      await book.enter(left);
    }
    this.#isTold = true;
    this.#tell({ type: "run", request: requestOf(this.#attempt) });
  }

  /** Tells the code to stop, and whatever it has started. */
  abort(reason: unknown): void {
    if (!this.#isTold) this.kill();
    const { message, type, code } = failureOf(reason);
    this.#tell({ type: "abort", reason: { message, type, code } });
    this.#signal("SIGTERM");
  }

  /** Kills it with everything that it has started. */
  kill(): void {
    this.#killed ||= this.#outcome === null;
    const { pid, exitCode, signalCode } = this.#child;
    if (this.#group && pid !== undefined && exitCode === null && signalCode === null)
      see(this.#group, descendantsOf(pid));
    this.#signal("SIGKILL");
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
    if (this.#group) await endGroup(this.#group);
    await within(CLOSE_GRACE_MS, this.#closed);
    for (const pipe of this.#child.stdio) pipe?.destroy();
    return this.#outcome ?? failed(this.#whyLost(exit));
  }

  #whyLost(exit: { readonly code: number | null; readonly signal: string | null }): unknown {
    const { signal } = this.#attempt.context;
    if (signal.aborted) return signal.reason;
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
        if (this.#group) see(this.#group, message.left);
        void this.#exitSoon();
        return;
      case "died":
        this.#died = message.failure;
        return;
      default:
        hear(message, this.#attempt, (value) => this.#answer(value));
    }
  }

  /** A buffer that did not fit is thrown like any error, but tells of the limit. */
  #checked(outcome: Outcome): Outcome {
    if (outcome.ok || !NO_BUFFER.test(`${outcome.failure.code} ${outcome.failure.message}`)) return outcome;
    return { ...outcome, ...failed(outOfMemory(outcome.failure.message, this.#attempt, "process")) };
  }

  async #exitSoon(): Promise<void> {
    await within(EXIT_GRACE_MS, this.#closed);
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#signal("SIGKILL");
  }

  #answer(value: JsonValue): void {
    const text = Buffer.from(JSON.stringify(value));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(text.byteLength);
    (this.#child.stdio[ASK_FD] as Writable).write(Buffer.concat([length, text]));
  }

  #tell(message: ToProcess): void {
    // One that is gone is not told any more; its end says the rest.
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
