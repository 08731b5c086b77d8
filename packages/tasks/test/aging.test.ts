import { expect, it } from "vitest";
import { outputOf } from "./processes.ts";

/** The part of what is allocated that outlives the quick collections which follow the first slow one, by the trace of V8. */
function survivingPart(trace: string): number {
  const lines = trace.split("\n");
  let [allocated, survived] = [0, 0];
  let last: number | null = null;
  for (const line of lines.slice(lines.findIndex((each) => each.includes("Mark-Compact")))) {
    const [, before, after] = /Scavenge ([\d.]+) \([\d.]+\) -> ([\d.]+) /.exec(line)?.map(Number) ?? [];
    // What a slow collection frees is no part of the next quick one.
    if (line.includes("Mark-Compact")) last = null;
    if (before === undefined || after === undefined) continue;
    if (last !== null) {
      allocated += before - last;
      survived += after - last;
    }
    last = after;
  }
  expect(allocated).toBeGreaterThan(50);
  return survived / allocated;
}

it("leaves little of a task that has ended to the slow collections", async () => {
  // Without a habit of V8 that depends on how the first milliseconds went.
  const flags = ["--expose-gc", "--trace-gc", "--no-allocation-site-pretenuring"];
  expect(survivingPart(await outputOf("aging.ts", ...flags))).toBeLessThan(0.08);
});
