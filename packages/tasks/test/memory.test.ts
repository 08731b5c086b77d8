import { expect, it } from "vitest";
import { outputOf } from "./processes.ts";

it("takes little memory for a task that waits, and none for those that have ended beyond what is kept", async () => {
  const output = await outputOf("memory.ts", "--expose-gc");
  const { waiting, used } = JSON.parse(output) as { waiting: number; used: [number, number, number] };
  // The caller's object, the record and all maps included; 1.6 KiB were measured.
  expect(waiting).toBeLessThan(2.2 * 1024);
  // Six times as many tasks between the last two as between the first two: nothing of them is left.
  expect(used[2]).toBeLessThan(used[1] * 1.1 + 1024 * 1024);
});
