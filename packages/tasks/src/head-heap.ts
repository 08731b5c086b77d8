import type { DemandClass } from "./demand-class.ts";
import { Heap } from "./heap.ts";
import type { LiveTask } from "./live-task.ts";

/** The first task of a class, as it stood when it was noted. */
export interface Head {
  readonly of: DemandClass;
  readonly task: LiveTask;
  /** The task's level then; it may have risen since. */
  readonly level: number;
}

const isBefore = (a: Head, b: Head): boolean =>
  a.level < b.level || (a.level === b.level && a.task.sequence < b.task.sequence);

/** The heads of classes: the one to look at next on top. `push` and `pop` are O(log n). */
export class HeadHeap extends Heap<Head> {
  constructor() {
    super(isBefore);
  }
}
