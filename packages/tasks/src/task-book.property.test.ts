import fc from "fast-check";
import { expect, it } from "vitest";
import { BookModel, type ModelTask } from "../test/book-model.ts";
import { BookRig } from "../test/book-rig.ts";
import { TaskPriority } from "./task-priority.ts";

const GRAPHS = 10_000;
/** Instrumented for coverage on a busy machine. */
const TIMEOUT_MS = 120_000;
const LEVELS = Object.values(TaskPriority);

/** Tasks that wait for any others: for each other, for themselves, for ids that nothing has. */
const tasks = fc.array(
  fc.record({
    needs: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
    priority: fc.nat({ max: 4 }),
    goesOn: fc.boolean(),
    maxRetries: fc.nat({ max: 2 }),
  }),
  { minLength: 1, maxLength: 8 },
);
type Plan = typeof tasks extends fc.Arbitrary<infer Value> ? Value[number & keyof Value] : never;

const steps = fc.array(
  fc.record({
    type: fc.constantFrom("add", "add", "end", "end", "fail", "due", "cancel"),
    pick: fc.nat({ max: 30 }),
  }),
  { maxLength: 24 },
);
type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value[number & keyof Value] : never;

class Pairing {
  readonly rig: BookRig;
  readonly model: BookModel;
  readonly #plan: readonly Plan[];
  #added = 0;

  constructor(plan: readonly Plan[], limit: number) {
    this.#plan = plan;
    this.rig = new BookRig(limit);
    this.model = new BookModel(limit);
  }

  step({ type, pick }: Step): void {
    if (type === "add") this.#add();
    else {
      const of =
        type === "due" ? this.model.delayed : type === "cancel" ? this.model.tasks : this.model.holding;
      const task = of[pick % Math.max(1, of.length)];
      if (task) this.#event(type, task);
    }
  }

  /** Adds what is left, and lets everything end that can. */
  drain(): void {
    while (this.#added < this.#plan.length) this.#add();
    for (;;) {
      const [task] = [...this.model.holding, ...this.model.delayed];
      if (!task) return;
      this.#event(task.holds ? "end" : "due", task);
    }
  }

  #add(): void {
    const id = `t${this.#added}`;
    const plan = this.#plan[this.#added];
    if (!plan) return;
    this.#added++;
    const { priority, goesOn, maxRetries } = plan;
    const dependencies = [...new Set(plan.needs)].map((need) => `t${need}`);
    this.model.add({
      id,
      dependencies,
      priority,
      goesOn,
      maxRetries,
      status: "blocked",
      holds: false,
      attempts: 0,
    });
    this.rig.add({
      id,
      dependencies,
      priority: LEVELS[priority],
      maxRetries,
      onDependencyFailure: goesOn ? "continue" : "skip",
    });
  }

  #event(type: string, task: ModelTask): void {
    if (type === "cancel") this.rig.cancel(task.id);
    else if (type === "due") this.rig.due(task.id);
    else this.rig.end(task.id, type === "end");
    if (type === "cancel") this.model.cancel(task);
    else if (type === "due") this.model.due(task);
    else this.model.end(task, type === "end");
  }

  check(): void {
    const { rig, model } = this;
    expect(rig.started).toEqual(model.started);
    expect(rig.running).toBe(model.holding.length);
    expect(rig.standings).toEqual(model.tasks.map(({ id, status, attempts }) => [id, status, attempts]));
  }
}

it(
  "starts, retries, skips and cancels what a naive simulator does, in the same order, in random graphs",
  () => {
    let cancelled = 0;
    fc.assert(
      fc.property(tasks, fc.integer({ min: 1, max: 3 }), steps, (plan, limit, all) => {
        const pairing = new Pairing(plan, limit);
        for (const each of all) pairing.step(each);
        pairing.check();
        pairing.drain();
        pairing.check();
        expect(pairing.rig.running).toBe(0);
        for (const task of pairing.model.tasks) {
          expect(task.attempts).toBeLessThanOrEqual(1 + task.maxRetries);
          if (task.status === "cancelled") cancelled++;
        }
      }),
      { numRuns: GRAPHS },
    );
    // What is compared does happen.
    expect(cancelled).toBeGreaterThan(GRAPHS / 10);
  },
  TIMEOUT_MS,
);
