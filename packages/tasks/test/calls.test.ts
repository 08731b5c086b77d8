import { expect, it } from "vitest";
import { outputOf } from "./processes.ts";

interface Calls {
  readonly inMemory: number;
  readonly alone: number;
  readonly together: number;
  readonly chained: number;
}

/** Counted, not timed: 184, 368, 230 and 339 were measured. More is a decision, not an accident. */
const MOST: Calls = {
  inMemory: 190,
  // These take longest, so that most of what runs from time to time falls among them.
  alone: 400,
  together: 240,
  // Four of these find out that a wait for a chain is not in vain, two whether anybody is to hear of a deadlock.
  chained: 345,
};

const KINDS = ["inMemory", "alone", "together", "chained"] as const;

it("runs little code for a task: what a short process pays for, which runs most of it only once", async () => {
  let tooMany: readonly string[] = ["not counted"];
  // What runs from time to time belongs to no task, and counts where the machine is slow: then it is counted again.
  for (let round = 0; round < 3 && tooMany.length > 0; round++) {
    const calls = JSON.parse(await outputOf("calls.ts")) as Calls;
    tooMany = KINDS.filter((kind) => calls[kind] >= MOST[kind]).map((kind) => `${kind}: ${calls[kind]}`);
  }
  expect(tooMany).toEqual([]);
});
