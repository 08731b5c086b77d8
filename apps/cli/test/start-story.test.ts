import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { aBase, write } from "./base.ts";
import { orch } from "./orch-process.ts";

const HOOK = `
  import { appendFileSync } from "node:fs";
  import { registerHooks } from "node:module";
  const note = (text) => appendFileSync(process.env.LOADED, text + "\\n");
  registerHooks({ load: (url, context, next) => { note(url); return next(url, context); } });
  process.on("exit", () => note(process.moduleLoadList.join("\\n")));`;
/** Of code: the parser of commands is half of it; zod, and the engine, would each be more. */
const LITTLE_BYTES = 120_000;

interface Loaded {
  /** Of the program's own files together. */
  readonly bytes: number;
  readonly sqlite: boolean;
}

/** What a command loads. */
async function loadedBy(args: readonly string[]): Promise<Loaded> {
  const base = aBase();
  const hook = write(base, "hook.mjs", HOOK);
  const loaded = join(base, "loaded.txt");
  const { code } = await orch(args, { cwd: base, env: { LOADED: loaded }, nodeArgs: ["--import", hook] });
  expect(code).toBe(0);
  const lines = readFileSync(loaded, "utf8").split("\n");
  const home = pathToFileURL(dirname(inject("program"))).href;
  const files = lines.filter((line) => line.startsWith(home));
  return {
    bytes: files.reduce((sum, file) => sum + statSync(new URL(file)).size, 0),
    sqlite: lines.some((line) => line.includes("sqlite")),
  };
}

describe("the start", () => {
  it.each(["--version", "--help", "run --help", "help workflow", "completion bash", "--json --version"])(
    "loads little more than the parser for %s",
    async (args) => {
      const { bytes, sqlite } = await loadedBy(args.split(" "));
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(LITTLE_BYTES);
      expect(sqlite).toBe(false);
    },
  );

  it("loads what a command needs, which shows that the other tests would notice", async () => {
    const { bytes, sqlite } = await loadedBy(["workflow", "list"]);
    expect(bytes).toBeGreaterThan(5 * LITTLE_BYTES);
    expect(sqlite).toBe(true);
  });
});
