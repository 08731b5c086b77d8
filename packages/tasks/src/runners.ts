import { type Clock, systemClock } from "@orch/core";
import { needCount, needDuration, needOptions, needTexts } from "@orch/core/base";
import type { GroupBook } from "./group-book.ts";
import { inlineRunner } from "./inline-runner.ts";
import type { Isolation } from "./module.ts";
import { ProcessRunner } from "./process-runner.ts";
import type { Runner } from "./runner.ts";
import { END_MS, stopGraceOf } from "./stop-grace.ts";
import { CANCEL_GRACE_MS, needHeap, WorkerRunner } from "./worker-runner.ts";

/** Where and how attempts run that do not run inline. An operator's choice, never a caller's. */
export interface RunnersOptions {
  /** Worker threads at most. @default what the machine can run in parallel */
  readonly threads?: number;
  /** JavaScript heap of a worker thread, MiB, from 16; no boundary for hostile code. @default that of the process */
  readonly threadHeapMb?: number;
  /** Memory of a child process, MiB, from 16; on Linux for all that it allocates, elsewhere for its JavaScript heap. @default 1024 */
  readonly processMemoryMb?: number;
  /** Names of environment variables that child processes get beside PATH, HOME, LANG and the like. @default none */
  readonly processEnv?: readonly string[];
  /** How long code may take to stop when it is told to, milliseconds; then its thread or process is ended. @default 5000 */
  readonly cancelGraceMs?: number;
}

const OPTIONS = {
  threads: (path, value) => needCount(path, value),
  threadHeapMb: (path, value) => needHeap(path, value),
  processMemoryMb: (path, value) => needCount(path, value),
  processEnv: (path, value) => needTexts(path, value),
  cancelGraceMs: (path, value) => needDuration(path, value),
} as const satisfies Record<keyof RunnersOptions, (path: string, value: unknown) => unknown>;

/** Throws INVALID_PARAMETERS for options that runners cannot have. */
function checkRunners(options: RunnersOptions): void {
  needOptions("the options of runners", options, OPTIONS);
  for (const [name, check] of Object.entries(OPTIONS)) {
    const value = options[name as keyof RunnersOptions];
    if (value !== undefined) check(`runners.${name}`, value);
  }
}

/** A runner for every isolation. Threads and processes start when they are first needed. */
export class Runners implements Readonly<Record<Isolation, Runner>> {
  readonly inline: Runner = inlineRunner;
  readonly worker: Runner;
  readonly process: Runner;
  /** How long running code is waited for after it is told to stop, milliseconds. */
  readonly abortGraceMs: number;
  /** How long code that ran past its time may take to stop before its task is given up, milliseconds. */
  readonly stopGraceMs: number;

  /** `book`: where attempts in processes are recorded. Throws INVALID_PARAMETERS for what is no number of threads, MiB or milliseconds, and less memory than a thread or a process needs. */
  constructor(options: RunnersOptions = {}, clock: Clock = systemClock, book: GroupBook | null = null) {
    checkRunners(options);
    const { threads, threadHeapMb: heapMb, processMemoryMb: memoryMb, processEnv: env } = options;
    const { cancelGraceMs = CANCEL_GRACE_MS } = options;
    this.abortGraceMs = cancelGraceMs + END_MS;
    this.stopGraceMs = stopGraceOf(cancelGraceMs);
    this.worker = new WorkerRunner({ clock, cancelGraceMs, ...defined({ threads, heapMb }) });
    this.process = new ProcessRunner({ clock, cancelGraceMs, book, ...defined({ memoryMb, env }) });
  }

  /** Ends threads and processes; what runs there ends with them. */
  async close(): Promise<void> {
    await Promise.all([this.worker.close(), this.process.close()]);
  }
}

type Defined<Given> = { readonly [Key in keyof Given]?: Exclude<Given[Key], undefined> };

/** Without the values that are undefined: an option that is left out has its default. */
const defined = <Given extends object>(given: Given): Defined<Given> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<Given>;
