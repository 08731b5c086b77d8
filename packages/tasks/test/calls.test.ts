import { expect, it } from "vitest";
import { outputOf } from "./processes.ts";

it("runs little code for a task: what a short process pays for, which runs most of it only once", async () => {
  const calls = JSON.parse(await outputOf("calls.ts")) as Record<
    "inMemory" | "alone" | "together" | "chained",
    number
  >;
  // Counted, not timed: 183, 364, 230 and 335 were measured. More is a decision, not an accident.
  expect(calls.inMemory).toBeLessThan(190);
  expect(calls.alone).toBeLessThan(380);
  expect(calls.together).toBeLessThan(240);
  // Four of these find out that a wait for a chain is not in vain.
  expect(calls.chained).toBeLessThan(340);
}, 60_000);
