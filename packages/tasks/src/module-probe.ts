import { extname } from "node:path";
import { noopLogger, systemClock } from "@orch/core";
import { z } from "zod";
import { type ActionDescription, actionDescription } from "./action-description.ts";
import { TaskExecutionError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { loadFailed } from "./module-folder.ts";
import type { Probed } from "./module-probe-entry.ts";
import { ProcessRunner } from "./process-runner.ts";
import type { Attempt } from "./runner.ts";

/** What {@link ModuleProbe} needs. */
export interface ModuleProbeInit {
  /** How long a file may take, milliseconds. */
  readonly timeoutMs: number;
  /** Names of the environment variables that it sees beside the usual ones. */
  readonly env: readonly string[];
}

const ENTRY = new URL(`./module-probe-entry${extname(import.meta.url)}`, import.meta.url);
const DECLARED = z.array(actionDescription);
const SEVERAL: Pick<Attempt["context"], "session" | "history" | "results" | "deadline"> = {
  session: null,
  history: [],
  results: {},
  deadline: null,
};

/**
 * Learns what module files declare without running their code here: each is loaded in a child process of its own, bounded in
 * time and memory, which is ended with everything that it has started.
 */
export class ModuleProbe {
  readonly #timeoutMs: number;
  readonly #runner: ProcessRunner;

  constructor({ timeoutMs, env }: ModuleProbeInit) {
    this.#timeoutMs = timeoutMs;
    this.#runner = new ProcessRunner({ env, cancelGraceMs: 0 });
  }

  /** The actions of a file. Throws MODULE_LOAD_FAILED; rejects with the reason of `signal` when that comes first. */
  async look(module: string, file: URL, signal: AbortSignal): Promise<readonly ActionDescription[]> {
    const late = new AbortController();
    // By the real clock, as processes are real.
    const stop = systemClock.setTimer(() => late.abort(new Error("it takes too long")), this.#timeoutMs);
    try {
      const outcome = await this.#runner.run(
        attemptOf({ module, file: file.href }, AbortSignal.any([signal, late.signal])),
      );
      signal.throwIfAborted();
      if (!outcome.ok) throw this.#errorOf(outcome.failure, late.signal.aborted, { module, file });
      const declared = DECLARED.safeParse(outcome.value);
      if (declared.success) return declared.data;
      throw loadFailed(module, file, `what it declares cannot be read: ${declared.error.message}`);
    } finally {
      stop();
    }
  }

  #errorOf(
    failure: Failure,
    isLate: boolean,
    { module, file }: { readonly module: string; readonly file: URL },
  ): TaskExecutionError {
    const { message, code, details, suggestions } = failure;
    if (isLate) return loadFailed(module, file, `its own code was still running after ${this.#timeoutMs} ms`);
    if (code !== "MODULE_LOAD_FAILED") return loadFailed(module, file, message);
    return new TaskExecutionError(message, { code, retryable: false, details, suggestions });
  }
}

/** The attempt that loads a file. */
function attemptOf(probed: Probed, signal: AbortSignal): Attempt {
  const parameters = { ...probed };
  const id = `load:${probed.module}`;
  return {
    module: "probe",
    action: "declare",
    resolved: { module: "probe", action: "declare", file: ENTRY, definition: { description: "", run: null } },
    parameters,
    context: {
      ...SEVERAL,
      ...{ signal, parameters, attempt: 1, taskId: id, idempotencyKey: id, logger: noopLogger },
      progress: () => {},
    },
  };
}
