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

  /** An execution has ended; what has returned since of others is forgotten. O(executions that drain). */
  add(id: string, tasks: readonly LiveTask[]): void {
    for (const [each, known] of this.#tasks) if (running(known).length === 0) this.#tasks.delete(each);
    const left = running(tasks);
    if (left.length > 0) this.#tasks.set(id, left);
  }
}

const running = (tasks: readonly LiveTask[]): LiveTask[] =>
  tasks.filter(({ attemptRunning }) => attemptRunning);
