import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, write } from "./base.ts";
import { orch } from "./orch-process.ts";

const HOOK = `
  import { appendFileSync } from "node:fs";
  import { registerHooks } from "node:module";
  const note = (text) => appendFileSync(process.env.LOADED, text + "\\n");
  registerHooks({ load: (url, context, next) => { note(url); return next(url, context); } });
  process.on("exit", () => note(process.moduleLoadList.join("\\n")));`;
const HEAVY = [
  /\/zod\//,
  /\/packages\/engine\//,
  /\/packages\/core\//,
  /sqlite/,
  /\/ansis\//,
  /\/log-update\//,
];

/** What a command loads: files, and built-in modules of Node. */
async function loadedBy(args: readonly string[]): Promise<string> {
  const base = aBase();
  const hook = write(base, "hook.mjs", HOOK);
  const loaded = join(base, "loaded.txt");
  const { code } = await orch(args, { cwd: base, env: { LOADED: loaded }, nodeArgs: ["--import", hook] });
  expect(code).toBe(0);
  return readFileSync(loaded, "utf8");
}

describe("the start", { timeout: 60_000 }, () => {
  it.each(["--version", "--help", "run --help", "help workflow", "completion bash", "--json --version"])(
    "loads little more than the parser for %s",
    async (args) => {
      const loaded = await loadedBy(args.split(" "));
      expect(loaded).toContain("/commander/");
      for (const heavy of HEAVY) expect(loaded).not.toMatch(heavy);
    },
  );

  it("loads what a command needs, which shows that the other tests would notice", async () => {
    const loaded = await loadedBy(["workflow", "list"]);
    for (const heavy of HEAVY.slice(0, 5)) expect(loaded).toMatch(heavy);
  });
});
