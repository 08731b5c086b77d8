import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("runs little code for a task: what a short process pays for, which runs most of it only once", async () => {
  const script = join(import.meta.dirname, "fixtures", "calls.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@orch/source", script]);
  const calls = JSON.parse(stdout) as Record<"inMemory" | "alone" | "together" | "chained", number>;
  // Counted, not timed: 182, 358, 229 and 325 were measured. More is a decision, not an accident.
  expect(calls.inMemory).toBeLessThan(190);
  expect(calls.alone).toBeLessThan(380);
  expect(calls.together).toBeLessThan(240);
  expect(calls.chained).toBeLessThan(335);
}, 60_000);
