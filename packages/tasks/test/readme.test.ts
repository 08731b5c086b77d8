import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { inlineRunner } from "../src/inline-runner.ts";
import { ModuleRegistry } from "../src/module-registry.ts";
import { WorkerRunner } from "../src/worker-runner.ts";
import { anAttempt } from "./attempt.ts";

const cwd = join(import.meta.dirname, "..");
const readme = readFileSync(join(cwd, "README.md"), "utf8");
const [first = "", durable = "", moduleFile = "", parallel = "", bare = "", why = ""] = Array.from(
  readme.matchAll(/```ts\n([\s\S]*?)```/g),
  ([, code]) => code,
);

const run = async (code: string, folder = cwd) => {
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", code];
  return (await promisify(execFile)(process.execPath, args, { cwd: folder })).stdout.trimEnd().split("\n");
};

it.each([
  ["first", first, 6],
  ["of the executor", parallel, 1],
  ["of the loops", bare, 2],
  ["of what gave up and what waits", why, 5],
])("prints what the README says it prints: %s", async (_, example, count) => {
  // As JSON, so that the comments can be compared with it.
  const printing = example.replaceAll("console.log(", "console.log(...jsonOf(");
  const code = `${printing.replaceAll(/^(console\.log\(.*)\); \/\//gm, "$1)); //")}
    function jsonOf(...values) { return [JSON.stringify(values)]; }`;
  const expected = Array.from(
    example.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm),
    ([, comment]) => JSON.parse(`[${comment}]`) as unknown,
  );
  expect((await run(code)).map((line) => JSON.parse(line) as unknown)).toEqual(expected);
  expect(expected).toHaveLength(count);
});

it("opens the durable store that the README opens", async () => {
  const folder = mkdtempSync(join(cwd, ".readme-"));
  try {
    const code = `${durable}
      console.log((await orchestrator.executeTask({ module: "core", action: "echo", parameters: { message: "kept" } })).data);
      await orchestrator.close();`;
    expect(await run(code, folder)).toEqual(["kept"]);
    expect(readFileSync(join(folder, ".workflows", "state.db")).length).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("counts primes with the module of the README, here and in a thread", async () => {
  const folder = mkdtempSync(join(cwd, ".readme-"));
  const runner = new WorkerRunner({ threads: 1 });
  try {
    writeFileSync(join(folder, "primes.ts"), moduleFile);
    const resolved = await new ModuleRegistry({ modulesDir: folder }).find("primes", "count", {
      isolation: "inline",
    });
    const attempt = {
      ...(await anAttempt("naughty", "echo")),
      module: "primes",
      action: "count",
      resolved,
      parameters: { limit: 5000 },
    };
    expect(resolved.definition.isolation).toBe("worker");
    expect(await inlineRunner.run(attempt)).toEqual({ ok: true, value: 669 });
    expect(await runner.run(attempt)).toMatchObject({ ok: true, value: 669 });
  } finally {
    await runner.close();
    rmSync(folder, { recursive: true });
  }
});
