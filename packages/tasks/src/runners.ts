import { type Clock, systemClock } from "@orch/core";
import { inlineRunner } from "./inline-runner.ts";
import type { Isolation } from "./module.ts";
import { ProcessRunner } from "./process-runner.ts";
import type { Runner } from "./runner.ts";
import { WorkerRunner } from "./worker-runner.ts";

/** Where and how attempts run that do not run inline. An operator's choice, never a caller's. */
export interface RunnersOptions {
  /** Worker threads at most. @default what the machine can run in parallel */
  readonly threads?: number;
  /** JavaScript heap of a worker thread, MiB; no boundary for hostile code. @default that of the process */
  readonly threadHeapMb?: number;
  /** Memory of a child process, MiB, from 16; on Linux for all that it allocates, elsewhere for its JavaScript heap. @default 1024 */
  readonly processMemoryMb?: number;
  /** Names of environment variables that child processes get beside PATH, HOME, LANG and the like. @default none */
  readonly processEnv?: readonly string[];
}

/** A runner for every isolation. Threads and processes start when they are first needed. */
export class Runners implements Readonly<Record<Isolation, Runner>> {
  readonly inline: Runner = inlineRunner;
  readonly worker: Runner;
  readonly process: Runner;

  /** Throws INVALID_PARAMETERS for less memory than a process needs. */
  constructor({
    threads,
    threadHeapMb,
    processMemoryMb,
    processEnv,
    clock = systemClock,
  }: RunnersOptions & { readonly clock?: Clock } = {}) {
    this.worker = new WorkerRunner({
      clock,
      ...(threads === undefined ? {} : { threads }),
      ...(threadHeapMb === undefined ? {} : { heapMb: threadHeapMb }),
    });
    this.process = new ProcessRunner({
      clock,
      ...(processMemoryMb === undefined ? {} : { memoryMb: processMemoryMb }),
      ...(processEnv === undefined ? {} : { env: processEnv }),
    });
  }

  /** Ends threads and processes; what runs there ends with them. */
  async close(): Promise<void> {
    await Promise.all([this.worker.close(), this.process.close()]);
  }
}
