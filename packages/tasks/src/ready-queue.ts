import { type DemandClass, demandClass, NO_DEMAND } from "./demand-class.ts";
import { type Group, mustWait } from "./group.ts";
import { HeadHeap } from "./head-heap.ts";
import type { LiveTask } from "./live-task.ts";
import { ParkingLot } from "./parking-lot.ts";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** A task that has been ready this long rises one level, so that nothing waits for ever. */
export const AGING_MS = 60_000;
/** How often it is looked who has waited that long. */
const AGING_STEP_MS = 1000;

/**
 * Tasks that may run, in the order in which they should: by level, first in, first out within a level. They wait in
 * classes of equal demand (and group); a class that does not fit is parked, and one whose group is full set aside: both
 * cost nothing until a resource or a place comes back. Everything is O(log classes) per task that comes, goes or is parked.
 *
 * Invariant: a class that has tasks, is not parked and not set aside has its head in the heap. Entries that do not say
 * the head of their class any more are passed over when they come to the top.
 */
export class ReadyQueue {
  readonly #apart = new Map<number, DemandClass>();
  readonly #filled = new Set<DemandClass>();
  readonly #heads = new HeadHeap();
  readonly #parked = new ParkingLot();
  #agedAt = 0;

  push(task: LiveTask): void {
    const to = this.#classFor(task);
    to.tasks.push(task, task.level);
    if (to.tasks.size === 1) this.#filled.add(to);
    if (to.parkedOn === null && to.tasks.peek() === task) this.#list(to);
  }

  /** The task to look at next, which stays: it is to be taken or parked. Undefined when all that wait are held up. */
  next(): LiveTask | undefined {
    for (let head = this.#heads.peek(); head; head = this.#heads.peek()) {
      const { of, task, level } = head;
      const current = of.parkedOn === null && of.tasks.peek() === task && task.level === level;
      if (current && !(of.group && mustWait(of.group, task))) return task;
      if (current) of.group?.waiting.add(of);
      this.#heads.pop();
    }
    return undefined;
  }

  /** Takes the task that {@link next} has returned out of the queue. */
  take(task: LiveTask): void {
    const from = this.#classFor(task);
    from.tasks.shift(task.level);
    const next = from.tasks.peek();
    if (next) this.#heads.replaceTop({ of: from, task: next, level: next.level });
    else {
      this.#heads.pop();
      this.#filled.delete(from);
      if (from.group === null && from.id !== NO_DEMAND) this.#apart.delete(from.id);
    }
  }

  /** The demand of the task that {@link next} has returned does not fit: its class waits until one of `resources` is released. */
  park(task: LiveTask, resources: readonly string[]): void {
    this.#heads.pop();
    this.#parked.add(this.#classFor(task), resources);
  }

  /** Looks again at the classes that wait for one of `resources`; without an argument at all of them. */
  unpark(resources?: readonly string[]): void {
    for (const each of this.#parked.remove(resources)) this.#list(each);
  }

  /** Looks again at the classes of a group, which may have a place now. */
  reopen({ waiting }: Group): void {
    for (const each of waiting) this.#list(each);
    waiting.clear();
  }

  /** Raises the tasks that have waited too long by one level each {@link AGING_MS}. O(classes) once a second, and what is raised. */
  age(monotonic: number): void {
    if (monotonic - this.#agedAt < AGING_STEP_MS) return;
    this.#agedAt = monotonic;
    for (const each of this.#filled) {
      if (raise(each, monotonic) && each.parkedOn === null) this.#list(each);
    }
  }

  /** The resources that a ready task and those with its demand wait for, or null. O(1). */
  parkedOn(task: LiveTask): readonly string[] | null {
    return this.#classFor(task).parkedOn;
  }

  /** All that are ready, by group and demand; some have ended by now. */
  get classes(): Iterable<DemandClass> {
    return this.#filled;
  }

  #list(of: DemandClass): void {
    const task = of.tasks.peek();
    if (task) this.#heads.push({ of, task, level: task.level });
  }

  #classFor({ spec: { demand }, group }: LiveTask): DemandClass {
    const id = demand?.class ?? NO_DEMAND;
    const classes = group?.classes ?? this.#apart;
    const known = classes.get(id);
    if (known) return known;
    const made = demandClass(id, group);
    classes.set(id, made);
    return made;
  }
}

/** Raises what is due in a class; whether anything was. */
function raise({ tasks }: DemandClass, monotonic: number): boolean {
  let raised = false;
  // Upwards, so that one that is due for several levels rises by all of them.
  for (let level = PRIORITY_LEVELS - 1; level > 0; level--) {
    for (let head = tasks.peek(level); head && isDue(head, monotonic); head = tasks.peek(level)) {
      tasks.shift(level);
      head.level--;
      tasks.push(head, head.level);
      raised = true;
    }
  }
  return raised;
}

/** Whether a task has waited long enough to leave its level: one aging period for each level that it has risen. */
const isDue = ({ spec, level, sinceMs }: LiveTask, monotonic: number): boolean =>
  monotonic - sinceMs >= AGING_MS * (spec.priority - level + 1);
