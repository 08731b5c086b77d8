import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const cwd = join(import.meta.dirname, "..");

it("prints what the README says", async () => {
  const readme = readFileSync(join(cwd, "README.md"), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const [, ...said] = /^prints `(.*)`, `(.*)` and `(.*)`\.$/m.exec(readme) ?? [];
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(said).toHaveLength(3);
  expect(stdout.trimEnd().split("\n")).toEqual(said);
});
