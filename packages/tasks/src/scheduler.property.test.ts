import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ModelTask, SchedulerModel } from "../test/scheduler-model.ts";
import { BAD, OK, SchedulerRig } from "../test/scheduler-rig.ts";
import { makeGroup } from "./group.ts";
import type { LiveTask } from "./live-task.ts";
import { isTerminalStatus } from "./task-status.ts";

const [LIMIT, CPU, RETRIES] = [3, 6, 2];

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("submit" as const),
      priority: fc.nat({ max: 4 }),
      cores: fc.nat({ max: 6 }),
      group: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("end" as const, "fail" as const), pick: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom("retry" as const, "cancel" as const, "timeout" as const, "grace" as const),
      pick: fc.nat(),
    }),
  },
);

type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

interface Pair {
  readonly live: LiveTask;
  readonly model: ModelTask;
  /** Attempts whose code has been started and has not returned. */
  overlapping: number;
}

/** Drives scheduler and model with the same commands and compares them after each. */
class Pairing {
  readonly rig = new SchedulerRig({ limit: LIMIT, cpu: CPU });
  readonly model = new SchedulerModel(LIMIT, CPU);
  readonly pairs: Pair[] = [];
  readonly #groups = [null, makeGroup("loose", 2, false), makeGroup("ordered", 2, true)];

  run(step: Command): void {
    this.rig.at += 1;
    if (step.type === "submit") this.#submit(step.priority, step.cores, this.#groups[step.group] ?? null);
    else this.#event(step.type, step.pick);
    this.model.admit();
    this.#check();
  }

  drain(): void {
    for (
      let left = 1000;
      left > 0 && this.pairs.some(({ model }) => model.state !== "ended" || model.holds);
      left--
    ) {
      this.run({ type: "end", pick: 0 });
      this.run({ type: "retry", pick: 0 });
    }
  }

  #submit(priority: number, cores: number, group: ReturnType<typeof makeGroup> | null): void {
    const live = this.rig.task({ priority, cores, maxRetries: RETRIES, ...(group ? { group } : {}) });
    const model: ModelTask = {
      id: live.spec.id,
      priority,
      cores,
      group,
      state: "ready",
      holds: false,
      late: false,
    };
    this.pairs.push({ live, model, overlapping: 0 });
    this.model.ready(model);
    this.rig.submit(live);
  }

  #event(type: Exclude<Command["type"], "submit">, pick: number): void {
    const isMeant = {
      retry: ({ state }: ModelTask) => state === "delayed",
      cancel: ({ state }: ModelTask) => state !== "ended",
      timeout: ({ holds }: ModelTask) => holds,
      // Also one that is not late, or has ended: nothing must come of it.
      grace: ({ holds }: ModelTask) => holds,
      end: ({ holds }: ModelTask) => holds,
      fail: ({ holds }: ModelTask) => holds,
    }[type];
    const meant = this.pairs.filter((each) => isMeant(each.model));
    const pair = meant[pick % Math.max(1, meant.length)];
    if (!pair) return;
    const { live, model } = pair;
    // What came of a timer has come.
    if (type === "retry" || type === "grace") this.rig.timers.delete(live);
    if (type === "retry") {
      this.model.ready(model);
      this.rig.turn((turn) => this.rig.scheduler.retryDue(live, live.attempt, turn));
    } else if (type === "cancel") {
      model.state = "ended";
      this.rig.cancel(live);
    } else if (type === "timeout") {
      // One with a retry left goes on when its code has returned, unless that takes too long.
      if (model.state === "running" && live.failures === RETRIES) model.state = "ended";
      model.late = true;
      this.rig.turn((turn) => this.rig.scheduler.attemptTimedOut(live, live.attempt, turn));
    } else if (type === "grace") {
      if (model.state === "running" && model.late) model.state = "ended";
      this.rig.turn((turn) => this.rig.scheduler.graceOver(live, live.attempt, turn));
    } else {
      const bad = type === "fail" || model.late;
      model.holds = false;
      if (model.state === "running") model.state = bad && live.failures < RETRIES ? "delayed" : "ended";
      this.rig.end(live, type === "fail" ? BAD : OK);
    }
  }

  #check(): void {
    const { rig, model } = this;
    expect(rig.started).toEqual(model.started);
    expect(rig.scheduler.running).toBe(model.holding.length);
    expect(rig.scheduler.running).toBeLessThanOrEqual(LIMIT);
    expect(rig.used).toBe(model.used);
    expect(rig.scheduler.unfinished).toBe(this.pairs.filter((each) => each.model.state !== "ended").length);
    for (const { live, model: expected } of this.pairs) {
      expect(isTerminalStatus(live.status), live.spec.id).toBe(expected.state === "ended");
      expect(live.attemptRunning).toBe(expected.holds);
      expect(live.attempt).toBeLessThanOrEqual(1 + RETRIES);
      expect(live.attempt).toBe(rig.started.filter((id) => id === live.spec.id).length);
      // One timer for each that waits for something, and none of what is over.
      const timer = this.rig.timers.get(live)?.type;
      const isStopping = expected.state === "running" && expected.late;
      expect(timer).toBe(expected.state === "delayed" ? "retry_due" : isStopping ? "grace_over" : undefined);
    }
  }
}

describe("the scheduler under random commands", () => {
  it("starts what a naive one starts, in the same order, within limits, and holds nothing when all has ended", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const pairing = new Pairing();
        for (const each of commands) pairing.run(each);
        pairing.drain();
        expect(pairing.rig.used).toBe(0);
        expect(pairing.rig.scheduler).toMatchObject({ running: 0, unfinished: 0 });
        expect(pairing.rig.ended.toSorted()).toEqual(
          pairing.pairs.map(({ live }) => live.spec.id).toSorted(),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("decides the same for the same calls", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const [first, second] = [new Pairing(), new Pairing()];
        for (const each of commands) {
          first.run(each);
          second.run(each);
        }
        expect(second.rig.started).toEqual(first.rig.started);
        expect(second.rig.ended).toEqual(first.rig.ended);
      }),
      { numRuns: 50 },
    );
  });

  it("never lets writers overlap, nor a reader pass a writer that came before it", () => {
    const lock = fc.record({
      mode: fc.constantFrom("read" as const, "write" as const),
      end: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(lock, { maxLength: 40 }), (steps) => {
        const rig = new SchedulerRig({ limit: 4 });
        const mode = new Map<string, "read" | "write">();
        const tasks = new Map<string, LiveTask>();
        for (const step of steps) {
          rig.at++;
          const task = rig.task({ lock: step.mode });
          mode.set(task.spec.id, step.mode);
          tasks.set(task.spec.id, task);
          rig.submit(task);
          const running = [...tasks.values()].filter((each) => each.attemptRunning);
          const writing = running.filter(({ spec }) => mode.get(spec.id) === "write");
          expect(running.length === 0 || writing.length === 0 || running.length === 1).toBe(true);
          for (const each of running.slice(0, step.end)) rig.end(each);
        }
        for (
          let running = [...tasks.values()];
          running.length > 0;
          running = running.filter((each) => each.attemptRunning)
        ) {
          for (const each of [...tasks.values()].filter((task) => task.attemptRunning)) rig.end(each);
          running = [...tasks.values()].filter((task) => task.attemptRunning);
        }
        // First come, first served: around each writer nobody changes sides.
        expect(rig.started).toEqual([...tasks.keys()]);
      }),
      { numRuns: 200 },
    );
  });
});
