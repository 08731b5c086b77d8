import fc from "fast-check";
import { expect, it } from "vitest";
import { DeadlineQueue } from "./deadline-queue.ts";

interface Item {
  deadline: number | null;
  live: boolean;
}

it("gives what is due in order, as a sorted list would, in 1,000 random histories", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), at: fc.option(fc.nat(50)) }),
    fc.record({ kind: fc.constant("drop" as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant("move" as const), which: fc.nat(20), at: fc.nat(80) }),
    fc.record({ kind: fc.constant("take" as const), by: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new DeadlineQueue<Item>((item) => item.live);
      let items: Item[] = [];
      for (const each of steps) {
        if (each.kind === "add") {
          const item = { deadline: each.at, live: true };
          items.push(item);
          queue.add(item);
        } else if (each.kind === "take") {
          const due = items.filter(({ deadline }) => deadline !== null && deadline <= each.by);
          const taken = queue.takeDue(each.by);
          expect(new Set(taken)).toEqual(new Set(due));
          expect(taken.map(({ deadline }) => deadline)).toEqual(
            taken.map(({ deadline }) => deadline).sort((a, b) => Number(a) - Number(b)),
          );
          items = items.filter((item) => !due.includes(item));
        } else {
          const item = items[each.which];
          if (item === undefined) continue;
          if (item.deadline !== null) queue.forget();
          if (each.kind === "drop") {
            item.live = false;
            items.splice(each.which, 1);
          } else {
            item.deadline = each.at;
            queue.add(item);
          }
        }
        const times = items.flatMap(({ deadline }) => deadline ?? []);
        expect(queue.next()).toBe(times.length === 0 ? null : Math.min(...times));
      }
    }),
    { numRuns: 1_000 },
  );
});

it("stays in proportion to what counts", () => {
  const queue = new DeadlineQueue<Item>((item) => item.live);
  queue.add({ deadline: 0, live: true });
  for (let i = 1; i <= 10_000; i++) {
    const item = { deadline: i, live: true };
    queue.add(item);
    item.live = false;
    queue.forget();
  }
  expect(queue.size).toBeLessThan(200);
  expect(queue.next()).toBe(0);
});
