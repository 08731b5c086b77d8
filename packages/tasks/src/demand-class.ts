import type { Group } from "./group.ts";
import type { LiveTask } from "./live-task.ts";
import { PriorityQueue } from "./priority-queue.ts";

/** The class of tasks without a demand; those of the ledger count from 0. */
export const NO_DEMAND = -1;

/** Ready tasks of one group with the same demand: what does not fit for the first does not fit for any. */
export interface DemandClass {
  readonly id: number;
  readonly group: Group | null;
  readonly tasks: PriorityQueue<LiveTask>;
  /** The resources of which a release may help; null while nothing is known to be short. */
  parkedOn: readonly string[] | null;
}

/** A class without tasks. */
export const demandClass = (id: number, group: Group | null): DemandClass => ({
  id,
  group,
  tasks: new PriorityQueue(),
  parkedOn: null,
});
