import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const cwd = join(import.meta.dirname, "..");
const text = readFileSync(join(cwd, "README.md"), "utf8");
const examples = [...text.matchAll(/^## (.+)\n+```ts\n([\s\S]*?)```/gm)].map(
  ([, heading = "", code = ""]) => ({
    heading,
    code,
  }),
);

it("has an example under each heading", () => {
  expect(examples.map(({ heading }) => heading)).toEqual(
    [...text.matchAll(/^## (.+)/gm)].map(([, heading]) => heading),
  );
  expect(examples).toHaveLength(5);
});

it.each(examples)("says under '$heading' what happens", async ({ code }) => {
  const said = [...code.matchAll(/\/\/ → (.*?)(?= \/\/ →|$)/gm)].map(([, output]) => output);
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", code];
  const { stdout } = await run(process.execPath, args, { cwd });
  expect(stdout.trimEnd().split("\n")).toEqual(said);
});
