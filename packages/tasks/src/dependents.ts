import { ChurnMap } from "@orch/core/base";
import { Ring } from "@orch/dag";
import type { BookEntry, Upstream } from "./book-entry.ts";
import { isTerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** How many dependents of what has ended one turn looks at: each may write a record. */
const MOST_PER_TURN = 256;

const NOBODY: readonly BookEntry[] = [];

/**
 * Who waits for a task, also for one that is not there yet, and which of them are to be looked at because it has ended. What
 * one turn does not get to is left for the next: a task may have as many dependents as it likes, and a chain of skips be long.
 */
export class Dependents {
  readonly #waiting = new ChurnMap<string, BookEntry[]>();
  readonly #ended = new Ring<Upstream>();
  /** The task whose dependents are being looked at, and how many of them have been. */
  #current: { readonly ended: Upstream; readonly dependents: readonly BookEntry[] } | null = null;
  #at = 0;
  #turn: Turn | null = null;
  #taken = 0;
  #isTaking = false;
  #goesOn = false;

  /** Whether some are left that nobody was told about: the turn after this one is to {@link take} them. */
  mustGoOn(): boolean {
    if (this.#goesOn || (this.#current === null && this.#ended.length === 0)) return false;
    this.#goesOn = true;
    return true;
  }

  /** How many wait for a task and have not ended. */
  readonly countOpen = (id: string): number => {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return 0;
    return waiting.filter(({ live }) => !isTerminalStatus(live.status)).length;
  };

  /** `dependent` waits for a task that has not ended. */
  add(id: string, dependent: BookEntry): void {
    const waiting = this.#waiting.get(id);
    if (waiting) waiting.push(dependent);
    else this.#waiting.set(id, [dependent]);
  }

  /** A task has ended: those that wait for it have their turn after all that were told before. Whether there are any. */
  ended(task: Upstream): boolean {
    if (!this.#waiting.has(task.spec.id)) return false;
    this.#ended.push(task);
    return true;
  }

  /**
   * Each dependent that is to be looked at, once for each task that has ended, and those of tasks that end on the way.
   * Nothing, while that goes on.
   */
  *take(turn: Turn): Iterable<readonly [ended: Upstream, dependent: BookEntry]> {
    if (this.#isTaking) return;
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#taken = 0;
      this.#goesOn = false;
    }
    this.#isTaking = true;
    for (let next = this.#next(); next && this.#taken < MOST_PER_TURN; next = this.#next()) {
      const dependent = next.dependents[this.#at++];
      if (dependent === undefined) this.#current = null;
      else {
        this.#taken++;
        yield [next.ended, dependent];
      }
    }
    this.#isTaking = false;
  }

  #next() {
    if (this.#current) return this.#current;
    const ended = this.#ended.shift();
    if (ended === undefined) return null;
    const { id } = ended.spec;
    this.#current = { ended, dependents: this.#waiting.get(id) ?? NOBODY };
    this.#waiting.delete(id);
    this.#at = 0;
    return this.#current;
  }
}
