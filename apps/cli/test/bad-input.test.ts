import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep, write } from "./base.ts";
import { fakeTerminal } from "./fake-terminal.ts";
import { orch, resultIn } from "./orch-process.ts";

const WORKFLOWS = "config/workflows/production";
const one = { steps: [aStep("one", "add")] };
const typed = {
  steps: [aStep("one", "add", { parameters: { a: "{{count}}" } })],
  parameters: {
    count: { type: "integer", required: true },
    words: { type: "array" },
    size: { type: "string", enum: ["small", "large"] },
  },
};
const ID = "01a1fe58-1804-7000-8a96-42e193f57062";

interface BadInput {
  /** What is wrong. */
  readonly what: string;
  readonly args: readonly string[];
  readonly exit: number;
  readonly code: string;
  /** What the message and its problems say. */
  readonly says: readonly RegExp[];
  /** Something to try. */
  readonly tries?: RegExp;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
}

const steps = (...list: readonly object[]): string => JSON.stringify({ steps: list });
const file = (name: string, content: string | Uint8Array) => ({ [`${WORKFLOWS}/${name}`]: content });
const twice = '{"name": "twice",\n "steps": [],\n "steps": []}';
const broken = '{\n  "steps": [\n    {"name": "a" "module": "acts"}\n  ]\n}';

const BAD: readonly BadInput[] = [
  // The arguments.
  { what: "no command", args: [], exit: 2, code: "INVALID_PARAMETERS", says: [/command is missing/] },
  {
    what: "an unknown command",
    args: ["rnu"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/Unknown command 'rnu'/],
    tries: /Did you mean run/,
  },
  {
    what: "an unknown verb",
    args: ["workflow", "lst"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/unknown command 'lst'/i],
    tries: /list/,
  },
  {
    what: "a noun without a verb",
    args: ["workflow"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/command is missing/],
  },
  {
    what: "an unknown option",
    args: ["run", "one", "--max-paralel", "2"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/unknown option '--max-paralel'/i],
    tries: /--max-parallel/,
  },
  {
    what: "a missing argument",
    args: ["run"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/missing required argument 'workflow'/i],
  },
  {
    what: "one argument too many",
    args: ["run", "one", "two"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/too many arguments/i],
  },
  {
    what: "an option without its value",
    args: ["run", "one", "--timeout"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/--timeout <seconds>.* argument missing/i],
  },
  {
    what: "an unknown mode",
    args: ["run", "one", "--mode", "fast"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'fast' is invalid/, /sequential, parallel/],
  },
  {
    what: "no step at once",
    args: ["run", "one", "--max-parallel", "0"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'0' is invalid/, /whole number of at least 1/],
  },
  {
    what: "a time below 0",
    args: ["run", "one", "--timeout", "-1"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'-1' is invalid/, /above 0/],
  },
  {
    what: "a number that is none",
    args: ["execution", "list", "--limit", "1e9x"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'1e9x' is invalid/],
  },
  {
    what: "an unknown status",
    args: ["execution", "list", "--status", "done"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'done' is invalid/, /completed/],
  },
  // Parameters.
  {
    what: "a parameter without =",
    args: ["run", "typed", "-p", "count"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/key=value, was 'count'/],
    tries: /-p \w+=/,
  },
  {
    what: "an unknown parameter",
    args: ["run", "typed", "-p", "cuont=3"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'typed' has no parameter 'cuont'/],
    tries: /Did you mean 'count'/,
  },
  {
    what: "a parameter of the wrong type",
    args: ["run", "typed", "-p", "count=many"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/'count' must be of type integer, was 'many'/],
    tries: /count=3/,
  },
  {
    what: "a fraction for a whole number",
    args: ["run", "typed", "-p", "count=1.5"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/typed.*count must be .*was 1\.5/],
    tries: /count \(integer\)/,
  },
  {
    what: "a value that is not among those allowed",
    args: ["run", "typed", "-p", "count=1", "-p", "size=medium"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/size must be one of .*"?small"?.*large.*was "?medium/],
    tries: /size/,
  },
  {
    what: "a missing parameter",
    args: ["run", "typed"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/count is required/],
    tries: /count \(integer\)/,
  },
  {
    what: "a parameter that a step uses and nobody gives",
    args: ["run", "uses"],
    files: file("uses.json", steps(aStep("a", "add", { parameters: { a: "{{amount}}" } }))),
    exit: 2,
    code: "WORKFLOW_UNRESOLVED_REFERENCE",
    says: [/\{\{amount\}\} in step 'a'/],
    tries: /-p amount=/,
  },
  {
    what: "a parameters file that is missing",
    args: ["run", "typed", "--params-file", "p.json"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/p\.json cannot be used: ENOENT/],
    tries: /JSON object/,
  },
  {
    what: "a parameters file that is no object",
    args: ["run", "typed", "--params-file", "BASE/p.json"],
    files: { "p.json": "[1]" },
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/p\.json must be one JSON object, were an array/],
    tries: /JSON object/,
  },
  {
    what: "a parameters file that is no JSON",
    args: ["run", "typed", "--params-file", "BASE/p.json"],
    files: { "p.json": '{"count": 1,\n}' },
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/p\.json cannot be used/, /line 2 column 1/],
    tries: /JSON object/,
  },
  {
    what: "a parameters file that is a directory",
    args: ["run", "typed", "--params-file", "BASE/config"],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/config cannot be used: EISDIR/],
    tries: /JSON object/,
  },
  // Workflows and their files.
  {
    what: "an unknown workflow",
    args: ["run", "onee"],
    exit: 3,
    code: "WORKFLOW_NOT_FOUND",
    says: [/'onee' not found/],
    tries: /Did you mean 'one'/,
  },
  {
    what: "an unknown workflow to look at",
    args: ["workflow", "graph", "typd"],
    exit: 3,
    code: "WORKFLOW_NOT_FOUND",
    says: [/'typd' not found/],
    tries: /Did you mean 'typed'/,
  },
  {
    what: "a file that is missing",
    args: ["run", `BASE/${WORKFLOWS}/oen.json`],
    exit: 3,
    code: "WORKFLOW_NOT_FOUND",
    says: [/no file .*oen\.json/],
    tries: /Did you mean 'one\.json'/,
  },
  {
    what: "a directory",
    args: ["run", `BASE/${WORKFLOWS}`],
    exit: 2,
    code: "INVALID_PARAMETERS",
    says: [/production is a directory/],
    tries: /one\.json/,
  },
  {
    what: "a file that is not UTF-8",
    args: ["run", "BASE/latin.json"],
    files: { "latin.json": Uint8Array.of(0x7b, 0xff, 0x7d) },
    exit: 4,
    code: "STORAGE_ERROR",
    says: [/latin\.json cannot be read/],
    tries: /UTF-8/,
  },
  {
    what: "a file that is a device",
    args: ["run", "/dev/null"],
    exit: 4,
    code: "STORAGE_ERROR",
    says: [/\/dev\/null cannot be read/],
    tries: /file/,
  },
  {
    what: "an empty file",
    args: ["run", "empty"],
    files: file("empty.json", ""),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/empty\.json/],
    tries: /validate/,
  },
  {
    what: "broken JSON",
    args: ["run", "broken"],
    files: file("broken.json", broken),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/broken\.json/, /line 3, column \d+/],
    tries: /validate/,
  },
  {
    what: "broken JSON to check",
    args: ["workflow", "validate", "broken"],
    files: file("broken.json", broken),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/broken\.json/, /line 3, column \d+/],
  },
  {
    what: "a key twice",
    args: ["run", "twice"],
    files: file("twice.json", twice),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/twice\.json/, /line 3, column 2/, /steps/],
    tries: /validate/,
  },
  {
    what: "a key twice in YAML",
    args: ["run", "keys"],
    files: file("keys.yaml", "name: keys\nsteps: []\nname: other\n"),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/keys\.yaml/, /line 3, column 1/, /unique/i],
    tries: /validate/,
  },
  {
    what: "no steps",
    args: ["run", "none"],
    files: file("none.json", "{}"),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/none\.json/, /steps/],
    tries: /validate/,
  },
  {
    what: "a cycle",
    args: ["run", "round"],
    files: file(
      "round.json",
      steps(aStep("a", "add", { dependencies: ["b"] }), aStep("b", "add", { dependencies: ["a"] })),
    ),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/round\.json/, /steps\[\d\]\.dependencies/, /cycle/i, /a.*b.*a|b.*a.*b/],
    tries: /validate/,
  },
  {
    what: "an unknown dependency",
    args: ["run", "typo"],
    files: file("typo.json", steps(aStep("load", "add"), aStep("b", "add", { dependencies: ["laod"] }))),
    exit: 2,
    code: "WORKFLOW_DEFINITION_INVALID",
    says: [/typo\.json/, /steps\[1\]\.dependencies\[0\]/, /did you mean 'load'/],
    tries: /validate/,
  },
  {
    what: "an unknown module",
    args: ["run", "modul"],
    files: file("modul.json", steps({ name: "a", module: "act", action: "add" })),
    exit: 3,
    code: "MODULE_NOT_FOUND",
    says: [/'act' of step 'a' not found/],
    tries: /Did you mean 'acts'/,
  },
  // Configuration.
  {
    what: "a base directory that is missing",
    args: ["status", "--base-dir", "BASE/nowhere"],
    exit: 2,
    code: "CONFIG_INVALID",
    says: [/nowhere does not exist/],
    tries: /--base-dir/,
  },
  {
    what: "a wrong environment variable",
    args: ["run", "one"],
    env: { ORCH_MAX_WORKERS: "lots" },
    exit: 2,
    code: "CONFIG_INVALID",
    says: [/ORCH_MAX_WORKERS .*'lots'/],
    tries: /ORCH_MAX_WORKERS/,
  },
  {
    what: "a broken configuration file",
    args: ["run", "one"],
    files: { "orchestration.json": '{"max_workers": ' },
    exit: 2,
    code: "CONFIG_INVALID",
    says: [/orchestration\.json cannot be used/],
    tries: /Correct the file/,
  },
  {
    what: "a wrong value in the configuration file",
    args: ["run", "one"],
    files: { "orchestration.json": '{"max_workers": "many"}' },
    exit: 2,
    code: "CONFIG_INVALID",
    says: [/orchestration\.json/, /max_workers/],
    tries: /Correct the file/,
  },
  {
    what: "a configuration file that is missing",
    args: ["run", "one", "--config", "BASE/nothing.json"],
    exit: 2,
    code: "CONFIG_INVALID",
    says: [/nothing\.json cannot be used/],
    tries: /--config/,
  },
  // Executions.
  {
    what: "an unknown execution to go on with",
    args: ["resume", ID],
    exit: 3,
    code: "EXECUTION_NOT_FOUND",
    says: [new RegExp(`'${ID}' not found`)],
    tries: /execution list/,
  },
  {
    what: "an unknown execution to look at",
    args: ["execution", "show", "../../etc/passwd"],
    exit: 3,
    code: "EXECUTION_NOT_FOUND",
    says: [/'\.\.\/\.\.\/etc\/passwd' not found/],
    tries: /execution list/,
  },
];

const STACK = /^\s+at .*[:(]/m;

function prepare({ args, files = {}, env = {} }: BadInput): {
  readonly base: string;
  readonly args: string[];
} {
  const base = aBase({ "one.json": one, "typed.json": typed });
  for (const [path, content] of Object.entries(files)) write(base, path, content);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.stubEnv("ORCH_DIR", base);
  return { base, args: args.map((arg) => arg.replace("BASE", base)) };
}

describe("bad input", () => {
  it.each(BAD)("$what is refused with a code, a place and a hint, and nothing is written", async (input) => {
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
    expect((result["suggestions"] as string[]).join("\n")).toMatch(input.tries ?? /./);
    expect(terminal.stderr.join("\n")).not.toMatch(STACK);
    expect(readdirSync(base, { recursive: true })).toEqual(before);
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });

  it("is at least thirty kinds", () => {
    expect(new Set(BAD.map(({ what }) => what)).size).toBeGreaterThanOrEqual(30);
  });

  const forPeople = [
    "an unknown command",
    "an unknown dependency",
    "broken JSON",
    "an unknown execution to go on with",
  ];
  it.each(BAD.filter(({ what }) => forPeople.includes(what)))(
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
    60_000,
  );
});

describe("a state that cannot be used", { timeout: 60_000 }, () => {
  /** Every command that reads or writes it refuses with this code, and leaves every byte. */
  async function refuses(base: string, exit: number, code: string, says: RegExp): Promise<void> {
    const state = join(base, ".workflows", "state.db");
    const before = existsSync(state) ? readFileSync(state) : null;
    const names = readdirSync(join(base, ".workflows"));
    for (const args of [["run", "one"], ["resume", ID], ["execution", "list"], ["status"]]) {
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
    const base = aBase({ "one.json": one });
    write(base, ".workflows/state.db", "something else ".repeat(100));
    chmodSync(join(base, ".workflows"), 0o700);
    await refuses(base, 4, "STORE_CORRUPT", /state\.db/);
  });

  it("is refused when it is of a newer orch", async () => {
    const base = aBase({ "one.json": one });
    expect((await orch(["run", "one"], { cwd: base })).code).toBe(0);
    const database = new DatabaseSync(join(base, ".workflows", "state.db"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    await refuses(base, 4, "STORE_VERSION", /99/);
  });

  it.skipIf(process.platform === "win32")("is refused when others can write to it", async () => {
    const base = aBase({ "one.json": one });
    mkdirSync(join(base, ".workflows"));
    write(base, ".workflows/state.db", "");
    chmodSync(join(base, ".workflows"), 0o777);
    await refuses(base, 5, "UNSAFE_STATE_DIR", /\.workflows/);
  });

  it("is refused with a message in a real process, too, and no stack trace", async () => {
    const base = aBase({ "one.json": one });
    write(base, ".workflows/state.db", "something else ".repeat(100));
    chmodSync(join(base, ".workflows"), 0o700);
    const { code, stdout, stderr } = await orch(["run", "one"], { cwd: base });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(/^Error: .*state\.db.*\n {2}Try: /);
    expect(stderr).not.toMatch(STACK);
  });

  it("cannot be resumed when the run has completed", async () => {
    const base = aBase({ "one.json": one });
    const { execution_id } = resultIn(await orch(["run", "one", "--json"], { cwd: base }));
    const terminal = fakeTerminal();
    const exit = await runCommandLine(
      ["resume", String(execution_id), "--base-dir", base, "--json"],
      terminal,
    );
    expect(exit).toBe(2);
    expect(JSON.parse(terminal.stdout.at(-1) ?? "")).toMatchObject({
      type: "result",
      error_code: "INVALID_STATE",
    });
  });
});
