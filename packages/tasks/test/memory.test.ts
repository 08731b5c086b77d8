import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("takes little memory for a task that waits, and none for those that have ended beyond what is kept", async () => {
  const script = join(import.meta.dirname, "fixtures", "memory.ts");
  const args = ["--expose-gc", "--conditions=@orch/source", script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { waiting, used } = JSON.parse(stdout) as { waiting: number; used: [number, number, number] };
  // The caller's object, the record and all maps included; 1.6 KiB were measured.
  expect(waiting).toBeLessThan(2.2 * 1024);
  // Six times as many tasks between the last two as between the first two: nothing of them is left.
  expect(used[2]).toBeLessThan(used[1] * 1.1 + 1024 * 1024);
}, 120_000);
