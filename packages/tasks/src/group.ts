import type { DemandClass } from "./demand-class.ts";
import type { LiveTask } from "./live-task.ts";

/** Tasks that share a limit: those of one execution or one session. */
export interface Group {
  readonly id: string;
  /** How many of its tasks run at once, at most. */
  limit: number;
  /** Whether a task that waits for resources also holds up the tasks of the group behind it. */
  readonly keepsOrder: boolean;
  /** Attempts of its tasks that run now. */
  running: number;
  /** The task that holds up the others, with `keepsOrder`. */
  heldBy: LiveTask | null;
  /** Its ready tasks by demand. @internal */
  readonly classes: Map<number, DemandClass>;
  /** Those of its classes that are looked at again when the group has a place, or nothing holds it up any more. @internal */
  readonly waiting: Set<DemandClass>;
}

/** Whether a ready task has to wait for others of its group. */
export const mustWait = (group: Group, task: LiveTask): boolean =>
  group.running >= group.limit || isHeldUp(group, task);

/** Whether a task before this one in an order that is kept waits for resources. */
export const isHeldUp = ({ heldBy }: Group, task: LiveTask): boolean =>
  heldBy !== null && isBefore(heldBy, task);

/** Whether `a` is to be started before `b`: by level, then in the order of becoming ready. */
export const isBefore = (a: LiveTask, b: LiveTask): boolean =>
  a.level < b.level || (a.level === b.level && a.sequence < b.sequence);

/** A group without tasks. */
export const makeGroup = (id: string, limit: number, keepsOrder: boolean): Group => ({
  id,
  limit,
  keepsOrder,
  running: 0,
  heldBy: null,
  classes: new Map(),
  waiting: new Set(),
});
