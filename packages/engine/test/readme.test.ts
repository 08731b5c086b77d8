import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const cwd = join(import.meta.dirname, "..");

const examples = [
  ...readFileSync(join(cwd, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```\n\nprints (.*)\.\n/g),
].map(([, code = "", said = ""]) => ({ code, said: [...said.matchAll(/`(.*?)`/g)].map(([, line]) => line) }));

it("has two examples", () => {
  expect(examples).toHaveLength(2);
});

it.each(examples)("prints $said, as the README says", async ({ code, said }) => {
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(said).toHaveLength(3);
  expect(stdout.trimEnd().split("\n")).toEqual(said);
});
