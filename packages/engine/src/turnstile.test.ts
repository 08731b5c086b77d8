import fc from "fast-check";
import { expect, it } from "vitest";
import { Turnstile } from "./turnstile.ts";

const never = new AbortController().signal;

it("lets so many in, the others in their order as places are given back", async () => {
  const turnstile = new Turnstile(2);
  const entered: number[] = [];
  const enter = async (number: number) => {
    await turnstile.enter(never);
    entered.push(number);
  };
  const all = [1, 2, 3, 4].map(enter);
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);
  turnstile.leave();
  await all[2];
  turnstile.leave();
  await all[3];
  expect(entered).toEqual([1, 2, 3, 4]);
});

it("never has more inside than its limit, nor fewer than it could, whoever gives up", async () => {
  const step = fc.oneof(fc.constant("enter"), fc.constant("leave"), fc.nat({ max: 9 }));
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { maxLength: 60 }),
      async (limit, steps) => {
        const turnstile = new Turnstile(limit);
        const waiting: { readonly stop: AbortController; readonly number: number }[] = [];
        let [inside, number] = [0, 0];
        const order: number[] = [];
        for (const each of steps) {
          if (each === "enter") {
            const mine = { stop: new AbortController(), number: number++ };
            waiting.push(mine);
            turnstile.enter(mine.stop.signal).then(
              () => {
                inside++;
                order.push(mine.number);
                waiting.splice(waiting.indexOf(mine), 1);
              },
              () => waiting.splice(waiting.indexOf(mine), 1),
            );
          } else if (each === "leave") {
            if (inside > 0) {
              inside--;
              turnstile.leave();
            }
          } else waiting[each]?.stop.abort(new Error("enough"));
          for (let turn = 0; turn < 4; turn++) await Promise.resolve();
          expect(inside).toBeLessThanOrEqual(limit);
          if (waiting.length > 0) expect(inside).toBe(limit);
        }
        expect(order).toEqual([...order].sort((a, b) => a - b));
      },
    ),
  );
});
