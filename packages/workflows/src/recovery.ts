import { errorMessage, OrchestrationError } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import type { ExecutionControl } from "./execution-control.ts";
import { type ActiveExecution, activeExecutions } from "./execution-record.ts";
import { isGone } from "./take-over.ts";

/** What a recovery has done: ids of executions. */
export interface Recovered {
  readonly resumed: string[];
  /** Those that could not be taken over, such as for a damaged record; they hinder no other. */
  readonly failed: string[];
}

/** Executions that are taken over together; the event loop is let go in between. */
const BATCH = 128;
/** How often it is looked for executions whose process has died since. */
const SCAN_MS = 2000;
/** A suspect that does nothing for so long hinders the next one no more. */
const STALL_MS = 30_000;

/**
 * Takes over the executions whose process is gone: at once when it is asked to, and from then on again and again, until it
 * is stopped. One that was interrupted twice in a row is suspected of killing its process: such go on one at a time, each
 * until it has got anywhere, so that the next crash finds the culprit alone.
 */
export class Recovery {
  readonly #runtime: TaskRuntime;
  readonly #control: ExecutionControl;
  #undo: (() => void) | null = null;
  #isStopped = false;
  #isOnSuspects = false;
  readonly #reported = new Set<string>();

  constructor(runtime: TaskRuntime, control: ExecutionControl) {
    this.#runtime = runtime;
    this.#control = control;
  }

  /** Takes over what is there; resolves when it has it. Looks for more from then on. */
  async recover(): Promise<Recovered> {
    const recovered = await this.#scan();
    this.#scanLater();
    return recovered;
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#undo?.();
    this.#undo = null;
  }

  #scanLater(): void {
    if (this.#isStopped || this.#runtime.error) return;
    this.#undo ??= this.#runtime.clock.setTimer(() => {
      this.#undo = null;
      const again = () => this.#scanLater();
      this.#scan().then(again, again);
    }, SCAN_MS);
  }

  async #scan(): Promise<Recovered> {
    const { store, instance } = this.#runtime;
    const recovered: Recovered = { resumed: [], failed: [] };
    const owners = new Map<string, Promise<boolean>>();
    const suspects: ActiveExecution[] = [];
    for (let after: string | undefined; !this.#isStopped; ) {
      const batch = activeExecutions(store, { after, limit: BATCH });
      const others = batch.filter(({ owner }) => owner !== instance.id);
      await Promise.all(others.map((each) => this.#lookAt(each, owners, suspects, recovered)));
      after = batch.at(-1)?.id;
      if (batch.length < BATCH) break;
    }
    const [first] = suspects;
    if (first !== undefined && !this.#isOnSuspects) {
      const began = await this.#tryToTakeOver(first);
      if (began) recovered.resumed.push(first.id);
      void this.#goThrough(suspects, began);
    }
    return recovered;
  }

  async #lookAt(
    execution: ActiveExecution,
    owners: Map<string, Promise<boolean>>,
    suspects: ActiveExecution[],
    recovered: Recovered,
  ): Promise<void> {
    const { id, owner } = execution;
    try {
      const known = owners.get(owner) ?? isGone(owner, this.#runtime);
      owners.set(owner, known);
      if (!(await known)) return;
      const outcome = await this.#control.recover(id, owner, false);
      if (outcome === "suspect") suspects.push(execution);
      else if (outcome === "resumed") recovered.resumed.push(id);
    } catch (error) {
      recovered.failed.push(id);
      this.#report(id, error);
    }
  }

  /** One after the other; `began` says whether the first one is this process's already. */
  async #goThrough([first, ...others]: readonly ActiveExecution[], began: boolean): Promise<void> {
    this.#isOnSuspects = true;
    try {
      if (began && first) await this.#control.getsOn(first.id, STALL_MS);
      for (const each of others)
        if (!this.#isStopped && (await this.#tryToTakeOver(each)))
          await this.#control.getsOn(each.id, STALL_MS);
    } catch {
      // The loop has ended: nothing gets on any more.
    }
    this.#isOnSuspects = false;
  }

  /** A suspect. False for one that is set aside, that another process has taken, or that cannot be taken over: that is logged. */
  async #tryToTakeOver({ id, owner }: ActiveExecution): Promise<boolean> {
    try {
      return (await this.#control.recover(id, owner, true)) === "resumed";
    } catch (error) {
      if (error instanceof OrchestrationError && error.code === "EXECUTION_PARKED")
        this.#runtime.logger.warn(error.message, { execution_id: id, code: error.code });
      else this.#report(id, error);
      return false;
    }
  }

  /** Once, and not again with every scan. */
  #report(id: string, error: unknown): void {
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    this.#runtime.logger.error(`Execution '${id}' cannot be resumed: ${errorMessage(error)}`, {
      execution_id: id,
    });
  }
}
