import type { LiveTask } from "./live-task.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** A task that has been ready this long rises one level, so that nothing waits for ever. */
export const AGING_MS = 60_000;

/** The class of tasks without a demand; those of the ledger count from 0. */
const NO_DEMAND = -1;

/** Ready tasks with the same demand: what does not fit for one does not fit for any. */
interface DemandClass {
  readonly id: number;
  readonly tasks: PriorityQueue<LiveTask>;
  /** The resources of which a release may help; null while nothing is known to be short. */
  parkedOn: readonly string[] | null;
}

/**
 * Tasks that may run, in the order in which they should: by priority, first in, first out within a level. Tasks wait in
 * classes of equal demand; a class that does not fit is parked and costs nothing until a resource it lacks comes back.
 * `push` is O(1), `next` O(classes).
 */
export class ReadyQueue {
  readonly #classes = new Map<number, DemandClass>();

  push(task: LiveTask): void {
    this.#classFor(task).tasks.push(task, task.spec.priority);
  }

  /** Removes and returns the task to look at next; undefined when all that wait are parked. */
  next(): LiveTask | undefined {
    let best: DemandClass | undefined;
    let [bestLevel, bestSequence] = [PRIORITY_LEVELS, Number.POSITIVE_INFINITY];
    for (const each of this.#classes.values()) {
      if (each.parkedOn !== null) continue;
      const { level } = each.tasks;
      const sequence = each.tasks.peek(level)?.sequence ?? Number.POSITIVE_INFINITY;
      if (level > bestLevel || (level === bestLevel && sequence >= bestSequence)) continue;
      [best, bestLevel, bestSequence] = [each, level, sequence];
    }
    const task = best?.tasks.shift(bestLevel);
    if (best?.tasks.size === 0) this.#classes.delete(best.id);
    return task;
  }

  /** The demand of `task`, just taken, does not fit: its class waits until one of `resources` is released. */
  park(task: LiveTask, resources: readonly string[]): void {
    const parked = this.#classFor(task);
    parked.tasks.unshift(task, task.spec.priority);
    parked.parkedOn = resources;
  }

  /** Looks again at the classes that wait for one of `resources`; without an argument at all of them. O(classes). */
  unpark(resources?: readonly string[]): void {
    for (const each of this.#classes.values()) {
      if (each.parkedOn === null) continue;
      if (resources === undefined || each.parkedOn.some((name) => resources.includes(name))) each.parkedOn = null;
    }
  }

  /** Raises the tasks that have waited too long by one level each {@link AGING_MS}. O(classes), and what is raised. */
  age(monotonic: number): void {
    for (const { tasks } of this.#classes.values()) {
      for (let level = 1; level < PRIORITY_LEVELS; level++) {
        for (let head = tasks.peek(level); head && isDue(head, level, monotonic); head = tasks.peek(level)) {
          tasks.shift(level);
          tasks.push(head, level - 1);
        }
      }
    }
  }

  #classFor({ spec: { demand } }: LiveTask): DemandClass {
    const id = demand?.class ?? NO_DEMAND;
    let found = this.#classes.get(id);
    if (!found) {
      found = { id, tasks: new PriorityQueue(), parkedOn: null };
      this.#classes.set(id, found);
    }
    return found;
  }
}

/** Whether a task has waited long enough to leave `level`: one aging period for each level that it has risen. */
const isDue = ({ spec, readySinceMs }: LiveTask, level: number, monotonic: number): boolean =>
  monotonic - readySinceMs >= AGING_MS * (spec.priority - level + 1);
