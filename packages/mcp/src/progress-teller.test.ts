import { ManualClock } from "@orch/core/testing";
import { expect, it } from "vitest";
import { ProgressTeller } from "./progress-teller.ts";

const step = (done: number) => ({ done, total: 9, text: `${done}/9` });

it("tells at most four a second, the newest, and only what is further", () => {
  const clock = new ManualClock();
  const told: number[] = [];
  const teller = new ProgressTeller(({ done }) => told.push(done), clock);
  for (const done of [1, 1, 2, 3]) teller.update(step(done));
  expect(told).toEqual([1]);
  clock.advance(250);
  expect(told).toEqual([1, 3]);
  teller.update(step(2));
  clock.advance(1000);
  expect(told).toEqual([1, 3]);
  teller.update(step(4));
  expect(told).toEqual([1, 3, 4]);
});

it("tells nothing once its call has ended, and leaves no timer", () => {
  const clock = new ManualClock();
  const told: number[] = [];
  {
    using teller = new ProgressTeller(({ done }) => told.push(done), clock);
    teller.update(step(1));
    teller.update(step(2));
  }
  clock.advance(1000);
  expect(told).toEqual([1]);
});
