import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep, write } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { fakeTerminal } from "./fake-terminal.ts";
import { startOrch } from "./orch-process.ts";

const pair = { steps: [aStep("first", "add"), aStep("second", "add", { dependencies: ["first"] })] };

afterEach(() => void vi.unstubAllEnvs());

describe("orch workflow", () => {
  it("lists what can be run, and says which files cannot be used and why", async () => {
    const base = aBase({ "pair.json": { description: "Adds \u001b[2Jtwice", ...pair }, "broken.json": "{" });
    const { code, stdout, stderr } = await call(base, "workflow", "list");
    expect({ code, stdout }).toEqual({ code: 0, stdout: ["  pair  2 steps  Adds twice"] });
    expect(stderr.join("\n")).toMatch(/Skipped: .*broken\.json\n {2}- .*line 1, column/);
    const result = resultOf(await call(base, "workflow", "list", "--json"));
    expect(result).toMatchObject({
      success: true,
      workflows: { pair: { steps: 2 } },
      load_problems: [{ problems: [{}] }],
    });
  });

  it("says where workflows are looked for when there is none", async () => {
    const { text } = await call(aBase(), "workflow", "list");
    expect(text).toMatch(
      /^No workflow is defined in .*production\. Make one with: orch --base-dir \S+ workflow create <name>$/,
    );
  });

  it("shows parameters, and each step with what it comes after", async () => {
    const parameters = { a: { type: "integer", default: 3, description: "How many" }, b: { required: true } };
    const base = aBase({ "pair.json": { ...pair, parameters } });
    const { code, stdout } = await call(base, "workflow", "show", "pair");
    expect(code).toBe(0);
    expect(stdout).toEqual([
      "pair",
      "\nParameters",
      "  a  integer  = 3       How many",
      "  b  any      required",
      "\nSteps",
      "  first   acts.add",
      "  second  acts.add  after first",
    ]);
    const result = resultOf(await call(base, "workflow", "show", "pair", "--json"));
    expect(result).toMatchObject({
      success: true,
      workflow: { name: "pair" },
      levels: [["first"], ["second"]],
    });
  });

  it("takes the path of a file for a name", async () => {
    const base = aBase();
    const file = write(base, "elsewhere/mine.yaml", "steps:\n  - {name: a, module: acts, action: add}\n");
    expect((await call(base, "workflow", "validate", file)).text).toBe("✔ mine is valid: 1 step, 1 level");
  });

  it.each([
    ["JSON", '{"steps": [{"name": "a", "module": "acts", "action": "add"}]}', "stdin"],
    ["YAML", "name: mine\nsteps:\n  - {name: a, module: acts, action: add}\n", "mine"],
  ])("takes - for %s on standard input", async (_, input, name) => {
    const orch = startOrch(["workflow", "validate", "-"], { cwd: aBase(), input });
    expect(await orch.ended).toMatchObject({ code: 0, stdout: `✔ ${name} is valid: 1 step, 1 level\n` });
  });

  it("says how to check a definition that came from standard input", async () => {
    const input = '{"steps": [{"name": "a"}]}';
    const ended = await startOrch(["run", "-"], { cwd: aBase(), input }).ended;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(
      /^Error: The workflow on standard input is not valid\n {2}- steps\[0\]\.module/,
    );
    expect(ended.stderr).toContain("Try: Check it: orch workflow validate -\n");
  });

  it("checks a definition, and warns of what a run would stumble over", async () => {
    const steps = [
      { name: "a", module: "nowhere", action: "x", parameters: { x: "{{given}}" } },
      aStep("b", "ad", { resources: [{ type: "cpu", amount: 1_000_000 }], run_if: "1 > 2" }),
      aStep("c", "add", { dependencies: ["b"] }),
    ];
    const base = aBase({ "odd.json": { steps } });
    const { code, stderr } = await call(base, "workflow", "validate", "odd");
    expect(code).toBe(0);
    expect(stderr).toEqual([
      expect.stringMatching(
        /^Warning: \{\{given\}\} names no step .*given with each run \(line 1, column \d+\) WORKFLOW_UNRESOLVED_REFERENCE$/,
      ),
      expect.stringMatching(/^Warning: Step 'a': module 'nowhere' is not known here/),
      expect.stringMatching(/^Warning: Step 'b': it can never start here: .*1000000/),
      expect.stringMatching(/^Warning: Step 'b': its condition is always false: '1 > 2'/),
      expect.stringMatching(/^Warning: Step 'c' can never run: it waits for 'b'/),
    ]);
    const result = resultOf(await call(base, "workflow", "validate", "odd", "--load", "--json"));
    expect(result).toMatchObject({ success: true, valid: true });
    expect(result["warnings"]).toContainEqual(
      expect.objectContaining({ code: "ACTION_NOT_FOUND", path: "steps[1].action", line: 1 }),
    );
  });

  it("warns of keys that mean nothing, beside problems and before a run", async () => {
    const steps = [{ ...aStep("a", "add"), timout: 3 }];
    const base = aBase({ "typo.json": { on_falure: "stop", steps }, "both.json": { steps: [...steps, 5] } });
    const run = await call(base, "run", "typo");
    expect(run.code).toBe(0);
    expect(run.stderr.join("\n")).toContain(
      "Warning: on_falure: 'on_falure' is no key of a workflow, and changes nothing; did you mean 'on_failure'?",
    );
    expect(run.stderr.join("\n")).toContain("Warning: steps[0].timout: 'timout' is no key of a step");
    const both = await call(base, "workflow", "validate", "both");
    expect(both.code).toBe(2);
    expect(both.stderr.join("\n")).toMatch(/is not valid: 1 problem\n.*\nWarning: 'timout' is no key/);
    const { details } = resultOf(await call(base, "workflow", "validate", "both", "--json"));
    expect(details).toMatchObject({ warnings: [{ code: "UNKNOWN_KEY", path: "steps[0].timout" }] });
  });

  it("names every problem of a definition with its place, and does not suggest itself", async () => {
    const base = aBase({ "bad.json": { timeout: 0, steps: [aStep("a", "", { dependencies: ["b"] })] } });
    const { code, stderr } = await call(base, "workflow", "validate", "bad");
    expect(code).toBe(2);
    expect(stderr).toEqual([
      expect.stringMatching(/^✖ .*bad\.json is not valid: 3 problems$/),
      expect.stringMatching(/^ {2}- timeout: must be above 0, was 0 \(line 1, column \d+\) INVALID_FIELD$/),
      expect.stringMatching(/^ {2}- steps\[0\]\.action: must not be empty/),
      expect.stringMatching(/^ {2}- steps\[0\]\.dependencies\[0\]: Step 'a' depends on missing step 'b'/),
      `  Try: See what a file may say: orch --base-dir ${base} workflow schema`,
    ]);
    const result = resultOf(await call(base, "workflow", "validate", "bad", "--json"));
    expect(result).toMatchObject({
      success: false,
      valid: false,
      error_code: "WORKFLOW_DEFINITION_INVALID",
      details: { problems: [{ code: "INVALID_FIELD" }, { line: 1 }, { code: "UNKNOWN_DEPENDENCY" }] },
    });
  });

  it("prints the JSON Schema of workflow files", async () => {
    const { code, text } = await call(aBase(), "workflow", "schema");
    const schema = JSON.parse(text) as object;
    expect(code).toBe(0);
    expect(schema).toMatchObject({ properties: { steps: { items: { $ref: "#/$defs/step" } } } });
    expect(resultOf(await call(aBase(), "workflow", "schema", "--json"))).toMatchObject({
      success: true,
      schema,
    });
  });

  it("prints a diagram", async () => {
    const base = aBase({ "pair.json": pair });
    const { text } = await call(base, "workflow", "graph", "pair");
    expect(text).toMatch(/^(flowchart|graph) /);
    expect(resultOf(await call(base, "workflow", "graph", "pair", "--json"))["mermaid"]).toBe(text);
  });

  it("leaves no trace, as the others that only look", async () => {
    const base = aBase({ "pair.json": pair });
    for (const args of [
      "workflow list",
      "workflow show pair",
      "workflow graph pair",
      "execution list",
      "status",
      "run pair --dry-run",
    ])
      expect(await call(base, ...args.split(" "))).toMatchObject({ code: 0 });
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });
});

describe("orch run --cache", () => {
  it("uses results of an earlier run where it is told to, and says so", async () => {
    const base = aBase({ "pair.json": pair });
    const lines = async (...flags: string[]) => (await call(base, "run", "pair", ...flags)).text;
    expect(await lines("--cache")).not.toContain("from the cache");
    expect((await lines("--cache")).match(/✔ (first|second) completed from the cache/g)).toHaveLength(2);
    expect(await lines("--no-cache")).not.toContain("from the cache");
    expect(await lines()).not.toContain("from the cache");
  });
});

describe("orch execution and status", () => {
  it("show what was run, newest first", async () => {
    const base = aBase({ "pair.json": pair, "bad.json": { steps: [aStep("bad", "fail")] } });
    expect(await call(base, "run", "pair", "--quiet")).toMatchObject({ code: 0 });
    expect(await call(base, "run", "bad", "--quiet")).toMatchObject({ code: 1 });
    const { executions } = resultOf(await call(base, "execution", "list", "--json")) as {
      readonly executions: readonly {
        readonly execution_id: string;
        readonly workflow_name: string;
        readonly status: string;
      }[];
    };
    expect(executions.map(({ workflow_name, status }) => [workflow_name, status])).toEqual([
      ["bad", "failed"],
      ["pair", "completed"],
    ]);
    const list = await call(base, "execution", "list");
    expect(list.stdout[0]).toMatch(/^ {2}[0-9a-f-]{36} {2}bad +failed +\d{4}-/);
    const [failed, completed] = executions.map(({ execution_id }) => execution_id);
    const show = await call(base, "execution", "show", failed ?? "");
    expect(show.text).toMatch(
      /^bad {2}failed.*✖ bad.*Error: .*it went wrong.*Go on: orch --base-dir \S+ resume/s,
    );
    const other = await call(base, "execution", "show", completed ?? "");
    expect(other.text).toMatch(/^pair {2}completed.*✔ first {2}completed in/s);
    expect(other.text).not.toMatch(/orch .*resume/);
    const only = resultOf(await call(base, "execution", "list", "--status", "completed", "--json"));
    expect(only["executions"]).toHaveLength(1);
    expect((await call(base, "status")).text).toContain("1 failed, 1 completed");
    expect(resultOf(await call(base, "status", "--json"))).toMatchObject({ success: true, base_dir: base });
  });

  it("say so when nothing was run", async () => {
    const base = aBase();
    expect((await call(base, "execution", "list")).text).toMatch(/orch --base-dir \S+ run/);
    expect((await call(base, "status")).text).toMatch(/Executions +none yet/);
  });

  it("say what is wrong with the files", async () => {
    const { code, text, stderr } = await call(aBase({ "broken.json": "{" }), "status");
    expect(code).toBe(0);
    expect(text).toMatch(/Status +degraded/);
    expect(stderr.join()).toMatch(/Problem: .*broken\.json/);
  });
});

describe("the base directory", () => {
  it("is --base-dir, else ORCH_DIR", async () => {
    const [base, other] = [aBase({ "pair.json": pair }), aBase({ "elsewhere.json": pair })];
    vi.stubEnv("ORCH_DIR", other);
    expect((await call(base, "workflow", "list")).text).toContain("pair");
    const terminal = fakeTerminal();
    expect(await runCommandLine(["workflow", "list"], terminal)).toBe(0);
    expect(terminal.stdout.join()).toContain("elsewhere");
  });
});

describe("output that is lost", () => {
  it("is told, and is no success", async () => {
    const terminal = { ...fakeTerminal(), failure: new Error("no space left") };
    expect(await runCommandLine(["workflow", "list", "--base-dir", aBase()], terminal)).toBe(4);
    expect(terminal.stderr.join()).toContain("no space left");
  });

  it("counts the broken files beside the workflow that runs in one line", async () => {
    const steps = [aStep("a", "add")];
    const base = aBase({ "w.json": { steps }, "x.json": "{", "y.json": { steps: [{ name: 1 }] } });
    const terminal = fakeTerminal();
    expect(await runCommandLine(["run", "w", "--base-dir", base], terminal)).toBe(0);
    expect(terminal.stderr).toEqual([
      `warning: 2 workflow files cannot be used; see which, and why: orch --base-dir ${base} workflow list`,
    ]);
  });
});

it("tells programs its version and help as a result, wherever --json stands", async () => {
  const [version, help] = await Promise.all(
    [["--version"], ["run", "--help"]].map((args) => call(aBase(), ...args, "--json")),
  );
  for (const called of [version, help]) {
    expect(called?.code).toBe(0);
    expect(called?.stdout.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: "result", success: true, text: expect.any(String) },
    ]);
  }
});
