import type { LiveTask } from "./live-task.ts";
import { PriorityQueue } from "./priority-queue.ts";

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
  /** Ready tasks that wait for a place in the group. */
  readonly waiting: PriorityQueue<LiveTask>;
}

/** Whether a ready task has to wait for others of its group. */
export const mustWait = ({ running, limit, heldBy }: Group, task: LiveTask): boolean =>
  running >= limit || (heldBy !== null && heldBy !== task);

/** A group without tasks. */
export const makeGroup = (id: string, limit: number, keepsOrder: boolean): Group => ({
  id,
  limit,
  keepsOrder,
  running: 0,
  heldBy: null,
  waiting: new PriorityQueue<LiveTask>(),
});
