import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aStep, write } from "./base.ts";
import { objectsIn, orch, resultIn, startOrch } from "./orch-process.ts";

const TIMEOUT = 60_000;
const QUIT =
  "export default { name: 'quit', actions: { now: { description: '', run: ({ code }) => process.exit(code) } } };";
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

  it.each([0, 3])(
    "takes a step that ends the process with %i for no success, and says how to go on",
    async (code) => {
      const base = aBase({});
      write(base, "config/modules/quit.mjs", QUIT);
      write(
        base,
        "config/workflows/production/quit.json",
        JSON.stringify({ steps: [{ name: "q", module: "quit", action: "now", parameters: { code } }] }),
      );
      const ended = await orch(["run", "quit"], { cwd: base });
      expect(ended.code).toBe(70);
      expect(ended.stderr).toContain("The code of a step ended the whole process");
      expect(ended.stderr).toContain("resume");
      const result = resultIn(await orch(["run", "quit", "--json"], { cwd: base }));
      expect(result).toMatchObject({ success: false, error_code: "INTERNAL_ERROR" });
    },
  );

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
    const base = aBase({ "slow.json": { steps: [aStep("slow", "until", { parameters: { file: "go" } })] } });
    const ended = await orch(["run", "slow", "--timeout", "1", "--json"], { cwd: base });
    expect(ended.code).toBe(124);
    const result = resultIn(ended);
    expect(result).toMatchObject({ success: false, error_code: "TIMEOUT_EXCEEDED" });
    write(base, "go", "");
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
