import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("prints what the README of the tools says it prints", async () => {
  const readme = readFileSync(new URL("../../mcp/README.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said]) => `[${said}]`);
  const face = JSON.stringify(new URL("../src/index.ts", import.meta.url));
  const script = code
    .replace('from "@orch/engine"', `from ${face}`)
    .replaceAll("console.log(", "((...values) => console.log(JSON.stringify(values)))(");
  const cwd = mkdtempSync(join(tmpdir(), "orch-engine-"));
  const args = ["--conditions=@orch/source", "--input-type=module-typescript", "--eval", script];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
    expect(stdout.trim().split("\n")).toEqual(expected.map((said) => JSON.stringify(JSON.parse(said))));
    expect(expected).toHaveLength(code.split("console.log(").length - 1);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
