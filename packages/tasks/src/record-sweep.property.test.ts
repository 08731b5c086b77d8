import { memoryStore, type Store } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leftOver, type ModelTask, recordOf } from "../test/sweep-model.ts";
import { RecordSweep } from "./record-sweep.ts";
import type { Retention } from "./retention.ts";

const NOW = 1000;
/** Ids in an order that has nothing to do with their ends: half of them made here, half a caller's own. */
const idOf = (n: number): string =>
  n % 2 === 0 ? `own-${n}` : `0190000${(n * 7) % 10}-0000-7000-8000-${String(n).padStart(12, "0")}`;

const aTask = fc.record({
  status: fc.constantFrom<ModelTask["status"]>("completed", "failed", "failed", "running"),
  endedAt: fc.integer({ min: 0, max: NOW }),
  dependsOn: fc.array(fc.nat(60), { maxLength: 2 }),
  gaveUp: fc.boolean(),
});
const many = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.POSITIVE_INFINITY));
const age = fc.oneof(fc.integer({ min: 0, max: NOW }), fc.constant(Number.POSITIVE_INFINITY));
const aRetention: fc.Arbitrary<Retention> = fc.record({
  inMemory: fc.constant(0),
  maxAgeMs: age,
  maxCount: many,
  ownIdsMs: fc.integer({ min: 0, max: NOW }),
  deadLetterMaxAgeMs: age,
  deadLetterMaxCount: many,
});
const aWorld = fc.record({
  drawn: fc.array(aTask, { maxLength: 60 }),
  /** What tasks of another process depend on, and which of them have a row of their own. */
  waiting: fc.array(fc.record({ on: fc.array(fc.nat(60), { maxLength: 3 }), isApart: fc.boolean() }), {
    maxLength: 8,
  }),
  retention: aRetention,
});
type World = typeof aWorld extends fc.Arbitrary<infer Drawn> ? Drawn : never;

const tasksOf = ({ drawn }: World): ModelTask[] =>
  drawn.map(({ status, endedAt, dependsOn, gaveUp }, n) => ({
    id: idOf(n),
    isOwnId: n % 2 === 0,
    status,
    endedAt,
    dependencies: dependsOn.map(idOf),
    letterAt: status === "failed" && gaveUp ? endedAt : null,
  }));

/** A store with these tasks, and with the backlog of another process. */
function fill(store: Store, world: World): void {
  store.transact((tx) => {
    for (const task of tasksOf(world)) {
      tx.put(`tasks/${task.id}`, recordOf(task));
      if (task.letterAt !== null) tx.put(`dead_letters/${task.id}`, { name: "n", ended_at: task.letterAt });
    }
    for (const [n, { on, isApart }] of world.waiting.entries()) {
      const id = `waiting-${n}`;
      const task = { status: "running", dependencies: on.map(idOf) };
      if (isApart) tx.put(`tasks/${id}`, task);
      tx.put(`backlog/other-${n % 3}/${n}`, [isApart ? id : { id, ...task }]);
    }
  });
}

const keysIn = (store: Store, prefix: string) =>
  store
    .list(prefix)
    .map(([key]) => key.slice(prefix.length))
    .filter((id) => !id.startsWith("waiting-"));

function sweepOn(store: Store, { retention }: World, id: string) {
  const clock = new ManualClock(NOW);
  return new RecordSweep({
    ...{ store, clock, retention, isNeeded: () => false },
    instance: { id, check: () => {} },
    deleted: () => {},
  });
}

const leftIn = (world: World) =>
  leftOver(
    tasksOf(world),
    world.waiting.map(({ on }) => on.map(idOf)),
    world.retention,
    NOW,
  );

describe("a round over the records of tasks that have ended", () => {
  it("leaves what a model leaves that looks at everything at once", () => {
    fc.assert(
      fc.property(aWorld, (world) => {
        const store = memoryStore();
        fill(store, world);
        const sweep = sweepOn(store, world, "me");
        while (sweep.step());
        const left = leftIn(world);
        expect({ tasks: keysIn(store, "tasks/"), letters: keysIn(store, "dead_letters/") }).toEqual(left);
        expect(keysIn(store, "backlog/")).toHaveLength(world.waiting.length);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves the same when several processes are at it at once, in any order, and some die on the way", () => {
    const turns = fc.array(fc.record({ who: fc.nat(2), dies: fc.nat(9).map((n) => n === 0) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(aWorld, turns, (world, order) => {
        const store = memoryStore();
        fill(store, world);
        const sweeps = ["a", "b", "c"].map((id) => sweepOn(store, world, id));
        for (const { who, dies } of order)
          if (dies) sweeps[who] = sweepOn(store, world, `again-${who}`);
          else sweeps[who]?.step();
        for (const sweep of sweeps) while (sweep.step());
        const left = leftIn(world);
        const after = { tasks: keysIn(store, "tasks/"), letters: keysIn(store, "dead_letters/") };
        expect(after.letters).toEqual(left.letters);
        // A process that comes later does not know any more what letters needed that are gone.
        expect(left.tasks).toEqual(expect.arrayContaining(after.tasks));
        const mustStay = leftOver(
          tasksOf(world).map((task) => ({
            ...task,
            letterAt: left.letters.includes(task.id) ? task.letterAt : null,
          })),
          world.waiting.map(({ on }) => on.map(idOf)),
          world.retention,
          NOW,
        );
        expect(after.tasks).toEqual(expect.arrayContaining([...mustStay.tasks]));
      }),
      { numRuns: 300 },
    );
  });
});
