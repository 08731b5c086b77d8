import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { sandbox } from "./sandbox.ts";

const run = promisify(execFile);
const folder = sandbox();

it("prints what the README says it prints", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said]) => `[${said}]`);
  const face = JSON.stringify(new URL("../src/index.ts", import.meta.url));
  const script = code
    .replace('from "@orch/projects"', `from ${face}`)
    .replaceAll("console.log(", "((...values) => console.log(JSON.stringify(values)))(");
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", script];
  const { stdout } = await run(process.execPath, args, { cwd: folder() });
  expect(stdout.trim().split("\n")).toEqual(expected.map((said) => JSON.stringify(JSON.parse(said))));
  expect(expected).toHaveLength(code.split("console.log(").length - 1);
});
