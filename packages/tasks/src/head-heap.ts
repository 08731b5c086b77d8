import type { DemandClass } from "./demand-class.ts";
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

/** A binary heap of the heads of classes: the one to look at next on top. `push` and `pop` are O(log n). */
export class HeadHeap {
  readonly #heads: Head[] = [];

  /** The most urgent one, left in place. */
  peek(): Head | undefined {
    return this.#heads[0];
  }

  push(head: Head): void {
    let at = this.#heads.push(head) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heads[above];
      if (parent === undefined || !isBefore(head, parent)) break;
      this.#heads[at] = parent;
      at = above;
    }
    this.#heads[at] = head;
  }

  /** Removes the most urgent one. */
  pop(): void {
    const last = this.#heads.pop();
    if (last === undefined || this.#heads.length === 0) return;
    let at = 0;
    for (let below = this.#firstBelow(at); below > 0; below = this.#firstBelow(at)) {
      const child = this.#heads[below];
      if (child === undefined || !isBefore(child, last)) break;
      this.#heads[at] = child;
      at = below;
    }
    this.#heads[at] = last;
  }

  /** The more urgent child of a place, or 0 when it has none. */
  #firstBelow(at: number): number {
    const [left, right] = [this.#heads[2 * at + 1], this.#heads[2 * at + 2]];
    if (left === undefined) return 0;
    return right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}
