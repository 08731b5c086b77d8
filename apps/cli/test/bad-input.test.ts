import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { BAD_INPUTS, type BadInput, GOOD, NO_ID } from "./bad-inputs.ts";
import { aBase, write } from "./base.ts";
import { fakeTerminal } from "./fake-terminal.ts";
import { orch, resultIn } from "./orch-process.ts";

const STACK = /^\s+at .*[:(]/m;

function prepare({ args, files = {}, env = {} }: BadInput): {
  readonly base: string;
  readonly args: string[];
} {
  const base = aBase(GOOD);
  for (const [path, content] of Object.entries(files)) write(base, path, content);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.stubEnv("ORCH_DIR", base);
  return { base, args: args.map((arg) => arg.replace("BASE", base)) };
}

describe("bad input", () => {
  it.each(BAD_INPUTS)(
    "$what is refused with a code, a place and a hint, and nothing is written",
    async (input) => {
      const { base, args } = prepare(input);
      const before = readdirSync(base, { recursive: true });
      const terminal = fakeTerminal();
      const exit = await runCommandLine(["--json", ...args], terminal);
      vi.unstubAllEnvs();
      expect(terminal.stdout).toHaveLength(1);
      const result = JSON.parse(terminal.stdout[0] ?? "") as Record<string, unknown>;
      expect({ exit, ...result }).toMatchObject({
        exit: input.exit,
        type: "result",
        success: false,
        error_code: input.code,
      });
      const said = `${String(result["error"])} ${JSON.stringify(result["details"])}`;
      for (const pattern of input.says) expect(said).toMatch(pattern);
      expect((result["suggestions"] as string[]).join("\n")).toMatch(input.tries);
      expect(terminal.stderr.join("\n")).not.toMatch(STACK);
      expect(readdirSync(base, { recursive: true })).toEqual(before);
      expect(existsSync(join(base, ".workflows"))).toBe(false);
    },
  );

  it("is at least thirty kinds", () => {
    expect(new Set(BAD_INPUTS.map(({ what }) => what)).size).toBeGreaterThanOrEqual(30);
  });

  const forPeople = [
    "an unknown command",
    "an unknown dependency",
    "broken JSON",
    "an unknown execution to go on with",
  ];
  it.each(BAD_INPUTS.filter(({ what }) => forPeople.includes(what)))(
    "$what reads well for a person",
    async (input) => {
      const { args, base } = prepare(input);
      vi.unstubAllEnvs();
      const { code, stdout, stderr } = await orch(args, { cwd: base });
      expect({ code, stdout }).toEqual({ code: input.exit, stdout: "" });
      expect(stderr).toMatch(/^Error: /m);
      expect(stderr).toMatch(/^ {2}Try: /m);
      for (const pattern of input.says) expect(stderr).toMatch(pattern);
      expect(stderr).not.toMatch(STACK);
      expect(existsSync(join(base, ".workflows"))).toBe(false);
    },
  );
});

describe("a state that cannot be used", () => {
  /** Every command that reads or writes it refuses with this code, and leaves every byte. */
  async function refuses(base: string, exit: number, code: string, says: RegExp): Promise<void> {
    const state = join(base, ".workflows", "state.db");
    const before = existsSync(state) ? readFileSync(state) : null;
    const names = readdirSync(join(base, ".workflows"));
    for (const args of [["run", "one"], ["resume", NO_ID], ["execution", "list"], ["status"]]) {
      const terminal = fakeTerminal();
      const got = await runCommandLine([...args, "--json", "--base-dir", base], terminal);
      const result = JSON.parse(terminal.stdout.at(-1) ?? "") as Record<string, unknown>;
      expect({ args, got, ...result }).toMatchObject({
        args,
        got: exit,
        type: "result",
        success: false,
        error_code: code,
      });
      expect(result["error"]).toMatch(says);
      expect(result["suggestions"]).not.toEqual([]);
    }
    expect(existsSync(state) ? readFileSync(state) : null).toEqual(before);
    expect(readdirSync(join(base, ".workflows"))).toEqual(names);
  }

  it("is refused when it is no database", async () => {
    const base = aBase(GOOD);
    write(base, ".workflows/state.db", "something else ".repeat(100));
    chmodSync(join(base, ".workflows"), 0o700);
    await refuses(base, 4, "STORE_CORRUPT", /state\.db/);
  });

  it("is refused when it is of a newer orch", async () => {
    const base = aBase(GOOD);
    expect((await orch(["run", "one"], { cwd: base })).code).toBe(0);
    const database = new DatabaseSync(join(base, ".workflows", "state.db"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    await refuses(base, 4, "STORE_VERSION", /99/);
  });

  it.skipIf(process.platform === "win32")("is refused when others can write to it", async () => {
    const base = aBase(GOOD);
    mkdirSync(join(base, ".workflows"));
    write(base, ".workflows/state.db", "something");
    chmodSync(join(base, ".workflows"), 0o777);
    await refuses(base, 5, "UNSAFE_STATE_DIR", /\.workflows/);
  });

  it("is refused with a message in a real process, too, and no stack trace", async () => {
    const base = aBase(GOOD);
    write(base, ".workflows/state.db", "something else ".repeat(100));
    chmodSync(join(base, ".workflows"), 0o700);
    const { code, stdout, stderr } = await orch(["run", "one"], { cwd: base });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/^Error: .*state\.db.*\n {2}Try: /);
    expect(stderr).not.toMatch(STACK);
  });

  it("cannot be resumed when the run has completed", async () => {
    const base = aBase(GOOD);
    const { execution_id } = resultIn(await orch(["run", "one", "--json"], { cwd: base }));
    const terminal = fakeTerminal();
    const exit = await runCommandLine(
      ["resume", String(execution_id), "--base-dir", base, "--json"],
      terminal,
    );
    expect(exit).toBe(2);
    const result = JSON.parse(terminal.stdout.at(-1) ?? "") as Record<string, unknown>;
    expect(result).toMatchObject({ type: "result", error_code: "INVALID_STATE" });
    expect(JSON.stringify(result["suggestions"])).not.toContain("Go on from there");
  });
});
