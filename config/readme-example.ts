// Runs the example in the README of a package as a program of its own: for the tests of those whose example works in a folder.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What an example printed, call by call, and what the comments behind its calls of `console.log` say. */
export interface ReadmeExample {
  readonly printed: readonly string[];
  readonly expected: readonly string[];
  /** How often it prints. */
  readonly calls: number;
}

/** Runs the first example of the README that lies one folder above `test` in the folder `cwd`, with the package's source. */
export async function runReadmeExample(test: string, name: string, cwd: string): Promise<ReadmeExample> {
  const readme = readFileSync(new URL("../README.md", test), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const said = Array.from(code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, each]) => `[${each}]`);
  const script = code
    .replace(`from "${name}"`, `from ${JSON.stringify(new URL("../src/index.ts", test))}`)
    .replaceAll("console.log(", "((...values) => console.log(JSON.stringify(values)))(");
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", script];
  const { stdout } = await run(process.execPath, args, { cwd });
  return {
    printed: stdout.trim().split("\n"),
    expected: said.map((each) => JSON.stringify(JSON.parse(each))),
    calls: code.split("console.log(").length - 1,
  };
}
