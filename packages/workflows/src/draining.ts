import type { LiveTask } from "@orch/tasks";

/**
 * Tasks of executions that have ended while their code still ran: it could not be made to stop. Until it has returned, the
 * step must not run again, since attempts of a step never overlap.
 */
export class Draining {
  readonly #tasks = new Map<string, readonly LiveTask[]>();

  /** Names of the steps of an execution whose code still runs. */
  stepsOf(id: string): string[] {
    return running(this.#tasks.get(id) ?? []).map(({ spec }) => spec.name);
  }

  /** How many executions drain, as far as is known. */
  get size(): number {
    return this.#tasks.size;
  }

  /** An execution has ended while code of these tasks may still run. */
  add(id: string, tasks: readonly LiveTask[]): void {
    const left = running(tasks);
    if (left.length > 0) this.#tasks.set(id, left);
  }

  /** Forgets the executions whose code has all returned, and says which. O(executions that drain). */
  takeReturned(): string[] {
    const returned = [...this.#tasks].filter(([, tasks]) => running(tasks).length === 0).map(([id]) => id);
    for (const id of returned) this.#tasks.delete(id);
    return returned;
  }
}

/** Names of the steps of these tasks whose code still runs. */
export const namesOfRunning = (tasks: readonly LiveTask[]): string[] =>
  running(tasks).map(({ spec }) => spec.name);

const running = (tasks: readonly LiveTask[]): LiveTask[] =>
  tasks.filter(({ attemptRunning }) => attemptRunning);
