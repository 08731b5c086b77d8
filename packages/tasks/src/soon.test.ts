import { ManualClock } from "@orch/core/testing";
import { expect, it } from "vitest";
import { Alarm, soonInThisTurn } from "./soon.ts";

it("calls back in this turn of the event loop, behind what is queued, and every two milliseconds in the next", async () => {
  const clock = new ManualClock();
  const soon = soonInThisTurn(clock);
  const order: string[] = [];
  const turn = new Promise<void>((resolve) => {
    setImmediate(() => {
      order.push("turn");
      resolve();
    });
  });
  queueMicrotask(() => order.push("queued"));
  soon(() => order.push("first"));
  await Promise.resolve();
  clock.advance(2);
  soon(() => order.push("second"));
  expect(order).toEqual(["queued", "first"]);
  await turn;
  await new Promise(setImmediate);
  expect(order).toEqual(["queued", "first", "turn", "second"]);
  // It has turned: there are two more.
  soon(() => order.push("third"));
  await Promise.resolve();
  expect(order.at(-1)).toBe("third");
});

it("rings once however often it is asked to, and sooner when it is hurried", () => {
  const [soon, sooner]: [(() => void)[], (() => void)[]] = [[], []];
  let calls = 0;
  const alarm = new Alarm(
    () => {
      calls++;
    },
    (callback) => soon.push(callback),
    (callback) => sooner.push(callback),
  );
  alarm.ring();
  alarm.ring();
  alarm.hurry();
  alarm.hurry();
  alarm.ring();
  expect([soon.length, sooner.length]).toEqual([1, 1]);
  sooner[0]?.();
  expect(calls).toBe(1);
  // It was overtaken.
  soon[0]?.();
  expect(calls).toBe(1);
  alarm.ring();
  soon[1]?.();
  expect(calls).toBe(2);
});
