import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aStep, write } from "./base.ts";
import { objectsIn, orch, resultIn, startOrch } from "./orch-process.ts";

const TIMEOUT = 60_000;
const ESCAPE = "\u001b";

const pair = {
  steps: [
    aStep("first", "add", { parameters: { a: 1, b: 2 } }),
    aStep("second", "add", { parameters: { a: "{{first.output.sum}}", b: 4 } }),
  ],
};

describe("orch run", { timeout: TIMEOUT, concurrent: true }, () => {
  it("runs to the end and shows every step, the summary and the id", async () => {
    const base = aBase({ "pair.json": pair });
    const { code, stdout, stderr } = await orch(["run", "pair"], { cwd: base });
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^pair: 2 steps, execution [0-9a-f-]{36}\n/);
    expect(stdout.indexOf("✔ first completed")).toBeGreaterThan(0);
    expect(stdout.indexOf("✔ second completed")).toBeGreaterThan(stdout.indexOf("✔ first completed"));
    expect(stdout).toMatch(/✔ pair completed in .*2 steps: 2 completed/);
    expect(stdout).not.toContain(ESCAPE);
  });

  it("writes nothing but objects with --json, numbered without a gap, the result last", async () => {
    const base = aBase({ "talk.json": { steps: [aStep("talk", "talk")] } });
    const ended = await orch(["run", "talk", "--json"], { cwd: base });
    expect(ended.code).toBe(0);
    const objects = objectsIn(ended.stdout);
    const stored = objects.filter(({ seq }) => typeof seq === "number");
    expect(stored.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(stored.map(({ type }) => type)).toEqual([
      "workflow_started",
      "step_started",
      "step_completed",
      "workflow_completed",
    ]);
    const ids = new Set(stored.map(({ execution_id }) => execution_id));
    expect(ids.size).toBe(1);
    const result = resultIn(ended);
    expect(result).toMatchObject({ success: true, steps_executed: 1, error: null });
    expect(ids.has(result["execution_id"])).toBe(true);
    expect(ended.stdout).not.toContain("no end of line");
  });

  it("shows what steps print on standard error, without the escape sequences", async () => {
    const base = aBase({ "talk.json": { steps: [aStep("talk", "talk")] } });
    const { stdout, stderr } = await orch(["run", "talk"], { cwd: base });
    expect(stderr.split("\n")).toEqual(
      expect.arrayContaining(["printed red", "also printed", "no end of line"]),
    );
    expect(stdout + stderr).not.toContain(ESCAPE);
    expect(stdout).not.toContain("printed");
  });

  it("keeps quiet with --quiet", async () => {
    const base = aBase({ "talk.json": { steps: [aStep("talk", "talk")] } });
    const { code, stdout, stderr } = await orch(["run", "talk", "--quiet"], { cwd: base });
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).not.toContain("talk started");
    expect(stdout).toContain("✔ talk completed");
  });

  it("ends with 1 when a step fails, says why and how to go on, and tries again as declared", async () => {
    const steps = [
      aStep("flaky", "flaky", { max_retries: 1 }),
      aStep("bad", "fail", { dependencies: ["flaky"] }),
      aStep("never", "add", { dependencies: ["bad"] }),
    ];
    const base = aBase({ "bad.json": { steps } });
    const { code, stdout, stderr } = await orch(["run", "bad"], { cwd: base });
    expect(code).toBe(1);
    expect(stdout).toMatch(/↻ flaky failed, tries again in .*: not yet/);
    expect(stdout).toContain("▶ flaky started, attempt 2");
    expect(stdout).toContain("✖ bad failed: it went wrong");
    expect(stdout).toMatch(/○ never skipped: .*bad/);
    expect(stderr).toMatch(/Error: .*bad.*it went wrong\n.*orch resume [0-9a-f-]{36}/s);
    expect(stdout + stderr).not.toContain(ESCAPE);
  });

  it("ends with 124 when the time is over, and the run can be resumed", async () => {
    const base = aBase({ "slow.json": { steps: [aStep("slow", "slow")] } });
    const ended = await orch(["run", "slow", "--timeout", "0.3", "--json"], { cwd: base });
    expect(ended.code).toBe(124);
    const result = resultIn(ended);
    expect(result).toMatchObject({ success: false, error_code: "TIMEOUT_EXCEEDED" });
    const resumed = await orch(["resume", String(result["execution_id"]), "--json"], { cwd: base });
    expect(resumed.code).toBe(0);
    expect(resultIn(resumed)).toMatchObject({ success: true, steps_executed: 1 });
  });

  it("goes on to the end when the reader goes away", async () => {
    const base = aBase({ "pair.json": pair });
    const { child, ended } = startOrch(["run", "pair"], { cwd: base });
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { stdout } = await orch(["execution", "list", "--json"], { cwd: base });
    expect(objectsIn(stdout)).toMatchObject([
      { executions: [{ workflow_name: "pair", status: "completed" }] },
    ]);
  });

  it("ends with 70 when code throws where nothing catches it, and the run can be resumed", async () => {
    const base = aBase({ "crash.json": { steps: [aStep("crash", "crash")] } });
    const ended = await orch(["run", "crash", "--json"], { cwd: base });
    expect(ended.code).toBe(70);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    const result = resultIn(ended);
    expect(result).toMatchObject({ success: false, error_code: "INTERNAL_ERROR" });
    expect(result["error"]).toContain("thrown by a timer");
    const { execution_id } = result["details"] as { readonly execution_id: string };
    const resumed = await orch(["resume", execution_id, "--json"], { cwd: base });
    expect(resumed.code).toBe(0);
    expect(resultIn(resumed)).toMatchObject({ success: true, results: { crash: { attempts: 2 } } });
  });

  it("warns of a rejected promise that nobody handles, and goes on", async () => {
    const base = aBase({ "reject.json": { steps: [aStep("reject", "reject")] } });
    const { code, stderr } = await orch(["run", "reject"], { cwd: base });
    expect(code).toBe(0);
    expect(stderr).toContain("nobody cares");
  });

  it("takes parameters from options, a file and standard input, as the types that are declared", async () => {
    const steps = [aStep("sum", "add", { parameters: { a: "{{a}}", b: "{{b}}" } })];
    const parameters = { a: { type: "integer", default: 1 }, b: { type: "number", default: 1 } };
    const base = aBase({ "sum.json": { steps, parameters } });
    write(base, "p.json", '{"a": 5, "b": 6}');
    const sumOf = async (args: readonly string[], input = "") => {
      const ended = await orch(["run", "sum", "--json", ...args], { cwd: base, input });
      return (resultIn(ended)["results"] as { sum: { output: unknown } }).sum.output;
    };
    expect(await sumOf(["--params-file", "p.json", "-p", "b=0.5"])).toEqual({ sum: 5.5 });
    expect(await sumOf(["--params-file", "-"], '{"b": 40}')).toEqual({ sum: 41 });
  });

  it("shows with --dry-run what would run, and writes nothing", async () => {
    const base = aBase({ "pair.json": pair });
    const { code, stdout } = await orch(["run", "pair", "--dry-run"], { cwd: base });
    expect(code).toBe(0);
    expect(stdout).toBe("pair: 2 steps in 2 levels; nothing was run\n  1  first\n  2  second\n");
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });
});

describe("orch workflow, execution and status", { timeout: TIMEOUT, concurrent: true }, () => {
  it("looks at workflows without leaving a trace", async () => {
    const base = aBase({ "pair.json": { description: "Adds \u001b[2Jtwice", ...pair }, "broken.json": "{" });
    const list = await orch(["workflow", "list"], { cwd: base });
    expect(list).toMatchObject({ code: 0, stdout: "  pair  2 steps  Adds twice\n" });
    expect(list.stderr).toMatch(/Skipped: .*broken\.json\n {2}- line 1, column/);
    const show = await orch(["workflow", "show", "pair"], { cwd: base });
    expect(show.stdout).toContain("second  acts.add  after first");
    const validate = await orch(["workflow", "validate", "pair"], { cwd: base });
    expect(validate).toMatchObject({ code: 0, stdout: "✔ pair is valid: 2 steps, 2 levels\n" });
    const graph = await orch(["workflow", "graph", "pair"], { cwd: base });
    expect(graph.stdout).toMatch(/^(flowchart|graph) /);
    const status = await orch(["status", "--json"], { cwd: base });
    expect(resultIn(status)).toMatchObject({ success: true, overall_status: "degraded", base_dir: base });
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });

  it("shows what was run, newest first", async () => {
    const base = aBase({ "pair.json": pair, "bad.json": { steps: [aStep("bad", "fail")] } });
    await orch(["run", "pair"], { cwd: base });
    await orch(["run", "bad"], { cwd: base });
    const list = resultIn(await orch(["execution", "list", "--json"], { cwd: base }));
    const executions = list["executions"] as {
      execution_id: string;
      workflow_name: string;
      status: string;
    }[];
    expect(executions.map(({ workflow_name, status }) => [workflow_name, status])).toEqual([
      ["bad", "failed"],
      ["pair", "completed"],
    ]);
    const [failed] = executions;
    const show = await orch(["execution", "show", failed?.execution_id ?? ""], { cwd: base });
    expect(show.code).toBe(0);
    expect(show.stdout).toMatch(/bad {2}failed.*✖ bad.*Error: .*it went wrong.*Go on: orch resume/s);
    const only = await orch(["execution", "list", "--status", "completed", "--json"], { cwd: base });
    expect(resultIn(only)["executions"]).toHaveLength(1);
    const status = await orch(["status"], { cwd: base });
    expect(status.stdout).toContain("1 failed, 1 completed");
  });

  it("reads the base directory from --base-dir, then from ORCH_DIR", async () => {
    const [base, other] = [aBase({ "pair.json": pair }), aBase({ "elsewhere.json": pair })];
    const env = { ORCH_DIR: other };
    const named = await orch(["workflow", "list", "--base-dir", base], { cwd: "/", env });
    expect(named.stdout).toContain("pair");
    const fromEnvironment = await orch(["workflow", "list"], { cwd: "/", env });
    expect(fromEnvironment.stdout).toContain("elsewhere");
  });
});

describe("the start", { timeout: TIMEOUT, concurrent: true }, () => {
  /** What a command loads: files, and built-in modules of Node. */
  async function loadedBy(args: readonly string[]): Promise<string> {
    const base = aBase({ "pair.json": pair });
    const hook = write(base, "hook.mjs", HOOK);
    const loaded = join(base, "loaded.txt");
    const options = { cwd: base, env: { LOADED: loaded }, nodeArgs: ["--import", hook] };
    const { code } = await orch(args, options);
    expect(code).toBe(0);
    return readFileSync(loaded, "utf8");
  }
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

  it.each([["--version"], ["--help"], ["run", "--help"], ["help", "workflow"]])(
    "loads little more than the parser for %s %s",
    async (...args) => {
      const loaded = await loadedBy(args.filter((arg) => arg !== undefined));
      expect(loaded).toContain("/commander/");
      for (const heavy of HEAVY) expect(loaded).not.toMatch(heavy);
    },
  );

  it("loads what a command needs, which shows that the other tests would notice", async () => {
    const loaded = await loadedBy(["workflow", "list"]);
    for (const heavy of HEAVY.slice(0, 5)) expect(loaded).toMatch(heavy);
  });
});
