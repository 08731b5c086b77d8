import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const cwd = join(import.meta.dirname, "..");
const text = readFileSync(join(cwd, "README.md"), "utf8");
const examples = [...text.matchAll(/^## ([^\n]+)|```ts\n(.*?)```/gms)];
let heading = "";
const named = examples.flatMap(([, title, code]) => {
  heading = title ?? heading;
  return code === undefined ? [] : [{ heading, code }];
});

it("has the examples that are run here", () => {
  expect(named.length).toBeGreaterThanOrEqual(6);
});

it.each(named)("says under '$heading' what happens", async ({ code }) => {
  const said = [...code.matchAll(/\/\/ → (.*)/g)].map(([, value]) => value);
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", code];
  const { stdout } = await run(process.execPath, args, { cwd });
  expect(stdout.trimEnd().split("\n")).toEqual(said);
});
