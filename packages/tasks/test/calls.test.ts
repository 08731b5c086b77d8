import { expect, it } from "vitest";
import { outputOf } from "./processes.ts";

it("runs little code for a task: what a short process pays for, which runs most of it only once", async () => {
  const calls = JSON.parse(await outputOf("calls.ts")) as Record<
    "inMemory" | "alone" | "together" | "chained",
    number
  >;
  // Counted, not timed: 183, 362, 228 and 333 were measured. More is a decision, not an accident.
  expect(calls.inMemory).toBeLessThan(190);
  expect(calls.alone).toBeLessThan(380);
  expect(calls.together).toBeLessThan(240);
  expect(calls.chained).toBeLessThan(335);
}, 60_000);
