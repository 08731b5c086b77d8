import { type BookEntry, isComing, type Upstream } from "./book-entry.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskShelf } from "./task-shelf.ts";

/** Whether something that has not ended still can: `undecided` as long as something that it needs is on its way to the book. */
export type Prospect = "open" | "undecided" | "vain";

/** What {@link Prospects} work with. */
interface ProspectsInit {
  readonly book: Pick<TaskBook, "find">;
  readonly shelf: Pick<TaskShelf, "here">;
}

/** A task on the way down through what it depends on, and what was found out of that. */
interface Step {
  readonly task: Upstream;
  at: number;
  found: Prospect;
}

/**
 * Which tasks are blocked for ever: in a cycle, or behind one or behind an id that nothing has. What a task depends on does
 * not change, so one that is not blocked for ever never will be, and is looked at once.
 */
export class Prospects {
  readonly #init: ProspectsInit;
  /** Tasks that wait, and not for ever. */
  #open = new WeakSet<Upstream>();
  /** Other tasks that were looked at in this round; null for one that is on the way down. */
  #others = new Map<string, Prospect | null>();

  constructor(init: ProspectsInit) {
    this.#init = init;
  }

  /** Begins a round of looks between which nothing changes: together they cost O(what is depended on). */
  begin(): void {
    this.#others = new Map();
  }

  /** Whether a task can still end. */
  of(entry: BookEntry): Prospect {
    const { spec, live } = entry;
    if (spec.dependencies.length === 0) return "open";
    if (isComing(entry)) return "undecided";
    // One that has ended in this turn is about to be told.
    if (live.status !== "blocked" || this.#open.has(entry)) return "open";
    return this.#others.get(spec.id) ?? this.#judge(entry);
  }

  /** Tasks of another process, whose dependencies were not known, are here now: all is looked at again. */
  forget(): void {
    this.#open = new WeakSet();
  }

  /** A depth-first search with a stack of its own. */
  #judge(start: BookEntry): Prospect {
    const top: Step = { task: start, at: 0, found: "open" };
    const stack = [top];
    this.#others.set(start.spec.id, null);
    for (let step: Step | undefined = top; step; step = stack.at(-1)) {
      const { id, dependencies } = step.task.spec;
      const next = step.found === "vain" ? undefined : dependencies[step.at++];
      if (next === undefined) {
        stack.pop();
        if (step.found === "open") this.#open.add(step.task);
        this.#others.set(id, step.found);
        const above = stack.at(-1);
        if (above && step.found !== "open") above.found = step.found;
      } else {
        const found = this.#lookUp(next);
        if (typeof found === "object") {
          this.#others.set(next, null);
          stack.push({ task: found, at: 0, found: "open" });
        } else if (found !== "open") step.found = found;
      }
    }
    return top.found;
  }

  /** What is known of a dependency; the task itself where that is still to be found out. */
  #lookUp(id: string): Prospect | Upstream {
    const other = this.#others.get(id);
    // It leads back to a task on the way.
    if (other !== undefined) return other ?? "vain";
    const { book, shelf } = this.#init;
    const here = shelf.here(id);
    const task = here?.isEntered ? here : book.find(id);
    if (task) return task.live.status === "blocked" && !this.#open.has(task) ? task : "open";
    return here && isComing(here) ? "undecided" : "vain";
  }
}
