import { expect, it } from "vitest";
import { outputOf } from "./processes.ts";

it("runs little code for a task: what a short process pays for, which runs most of it only once", async () => {
  const calls = JSON.parse(await outputOf("calls.ts")) as Record<
    "inMemory" | "alone" | "together" | "chained",
    number
  >;
  // Counted, not timed: 184, 368, 230 and 339 were measured. More is a decision, not an accident.
  expect(calls.inMemory).toBeLessThan(190);
  expect(calls.alone).toBeLessThan(380);
  expect(calls.together).toBeLessThan(240);
  // Four of these find out that a wait for a chain is not in vain, two whether anybody is to hear of a deadlock.
  expect(calls.chained).toBeLessThan(345);
}, 60_000);
