import type { ReadyStep } from "./run-change.ts";

/** Ready steps that wait for a place in their execution, by rank: a binary heap. `push` and `shift` O(log n). */
export class StepQueue {
  readonly #heap: ReadyStep[] = [];
  readonly #rank: (node: number) => number;

  /** `rank` is different for every node; the lowest comes first. */
  constructor(rank: (node: number) => number) {
    this.#rank = rank;
  }

  push(step: ReadyStep): void {
    const heap = this.#heap;
    let at = heap.push(step) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.#isBefore(at, above); above = (at - 1) >> 1) {
      this.#swap(at, above);
      at = above;
    }
  }

  /** Removes and returns the step with the lowest rank; undefined when none waits. */
  shift(): ReadyStep | undefined {
    const heap = this.#heap;
    this.#swap(0, heap.length - 1);
    const first = heap.pop();
    for (let at = 0, least = 0; ; at = least) {
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return first;
      this.#swap(at, least);
    }
  }

  /** The steps that come before the one that waits here, the next one first; none for one that does not wait. O(n log n). */
  before(node: number): number[] {
    const nodes = this.#heap.map((step) => step.node);
    if (!nodes.includes(node)) return [];
    const rank = this.#rank(node);
    return nodes.filter((each) => this.#rank(each) < rank).sort((a, b) => this.#rank(a) - this.#rank(b));
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    return first !== undefined && second !== undefined && this.#rank(first.node) < this.#rank(second.node);
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
