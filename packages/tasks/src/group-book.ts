import type { Instance } from "./instance.ts";
import type { LeftGroup } from "./left-group.ts";
import type { ProcessGroup } from "./process-group.ts";
import { startTimeOf } from "./process-stat.ts";
import type { Turn } from "./turn.ts";

/** What is recorded of a group; null where the system does not say when a process started. */
export function leftGroupOf({ leader, mark }: ProcessGroup): LeftGroup | null {
  const startTime = startTimeOf(leader);
  return startTime === null || startTime === "gone" ? null : { pid: leader, start_time: startTime, mark };
}

/** What is posted to a {@link GroupBook}. */
interface GroupMessage {
  readonly group: LeftGroup;
  readonly isOver: boolean;
  /** It is on disk. */
  readonly done: () => void;
}

/**
 * The attempts of this process that run in processes of their own, in its record: whoever takes over when this process is
 * dead ends them first. Costs a commit when such an attempt begins, and none of its own when it ends.
 */
export class GroupBook {
  readonly #instance: Instance;
  readonly #post: (to: GroupBook, message: GroupMessage) => void;
  readonly #groups = new Map<string, LeftGroup>();

  constructor(instance: Instance, post: (to: GroupBook, message: GroupMessage) => void) {
    this.#instance = instance;
    this.#post = post;
  }

  /** Resolves when the group is recorded: nothing of the attempt may run before. Never, when the loop has ended. */
  enter(group: LeftGroup): Promise<void> {
    return new Promise((done) => this.#post(this, { group, isOver: false, done }));
  }

  /** Nothing of the group runs any more. */
  leave(group: LeftGroup): void {
    this.#post(this, { group, isOver: true, done: () => {} });
  }

  receive({ group, isOver, done }: GroupMessage, turn: Turn): void {
    if (isOver) this.#groups.delete(group.mark);
    else this.#groups.set(group.mark, group);
    this.#instance.setGroups([...this.#groups.values()], turn);
    turn.afterCommit(done);
  }
}
