import { describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep, write } from "./base.ts";
import { type FakeTerminal, fakeTerminal } from "./fake-terminal.ts";

const ask = {
  name: "ask",
  module: "human",
  action: "input",
  parameters: { message: "How many?", form: { type: "integer" } },
};

/** Runs a command in this process. */
async function call(base: string, ...args: string[]): Promise<FakeTerminal & { readonly code: number }> {
  const terminal = fakeTerminal();
  const code = await runCommandLine([...args, "--base-dir", base], terminal);
  return { ...terminal, code };
}
const resultOf = ({ stdout }: FakeTerminal) => JSON.parse(stdout.at(-1) ?? "") as Record<string, unknown>;

/** Runs a workflow to its end, whatever it is; returns its execution's id. */
async function ran(base: string, workflow: string): Promise<string> {
  return String(resultOf(await call(base, "run", workflow, "--json"))["execution_id"]);
}

/** Starts a workflow, and waits until a step of it waits. */
async function waiting(base: string, workflow: string) {
  const running = call(base, "run", workflow, "--quiet");
  for (;;) {
    const { executions } = resultOf(await call(base, "execution", "list", "--json")) as {
      executions: { execution_id: string }[];
    };
    const id = executions[0]?.execution_id;
    const shown = id === undefined ? null : await call(base, "execution", "events", id, "--json");
    if (id !== undefined && shown?.stdout.some((line) => line.includes('"step_waiting"')))
      return { id, running };
  }
}

describe("an execution that waits for a person", () => {
  it("is answered from another terminal, and refuses what does not fit", async () => {
    const base = aBase({
      "w.json": { steps: [ask, aStep("add", "add", { parameters: { a: "{{ask.output}}", b: 1 } })] },
    });
    const { id, running } = await waiting(base, "w");
    const events = await call(base, "execution", "events", id, "--json");
    expect(events.stdout.join("\n")).toMatch(/"step_waiting".*"message":"How many\?"/);
    const wrong = await call(base, "execution", "answer", id, "ask", "many", "--json");
    expect([wrong.code, resultOf(wrong)["error_code"]]).toEqual([2, "INVALID_PARAMETERS"]);
    const answered = await call(base, "execution", "answer", id, "ask", "4");
    expect([answered.code, answered.stdout]).toEqual([0, ["Step ask is answered"]]);
    expect((await running).code).toBe(0);
    const { execution } = resultOf(await call(base, "execution", "show", id, "--json")) as {
      execution: Record<string, unknown>;
    };
    expect(execution["results"]).toMatchObject({ add: { output: { sum: 5 } } });
    expect((await call(base, "execution", "answer", id, "ask", "4")).code).not.toBe(0);
  });

  it("is cancelled and paused from another terminal", async () => {
    const base = aBase({ "w.json": { steps: [ask] } });
    const { id, running } = await waiting(base, "w");
    expect((await call(base, "why", `${id}/ask`)).stdout[0]).toMatch(
      /ask +it waits for an answer \(human\.input\)/,
    );
    expect((await call(base, "execution", "pause", id)).stdout[0]).toContain(`resume ${id}`);
    const cancelled = await call(base, "execution", "cancel", id);
    expect([cancelled.code, cancelled.stdout]).toEqual([0, ["Cancelled"]]);
    expect((await running).code).toBe(130);
    expect((await call(base, "why", id)).stdout).toEqual(["Nothing waits: it has ended."]);
    const again = await call(base, "execution", "cancel", id, "--json");
    expect(resultOf(again)).toMatchObject({ success: false, error_code: "INVALID_STATE" });
    expect((await call(base, "execution", "cancel", "nobody")).code).toBe(3);
  });
});

describe("orch resume", () => {
  it("shows what would run again and why, then runs just that", async () => {
    const steps = [aStep("a", "add"), aStep("b", "fail", { dependencies: ["a"], max_retries: 0 })];
    const base = aBase({ "w.json": { steps } });
    const id = await ran(base, "w");
    expect(
      (await call(base, "resume", id, "--plan")).stdout.map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ["a", "reuse", "it has completed"],
      ["b", "rerun", "it failed"],
    ]);
    expect(resultOf(await call(base, "resume", id, "--plan", "--from", "a", "--json"))).toMatchObject({
      plan: [{ step: "a", action: "rerun", reason: "it was asked for" }, { step: "b" }],
    });
    expect((await call(base, "resume", id, "--plan", "--from", "zz")).code).toBe(2);
    write(
      base,
      "config/workflows/production/w.json",
      JSON.stringify({ name: "w", steps: [steps[0], aStep("b", "add", { dependencies: ["a"] })] }),
    );
    expect((await call(base, "resume", id, "--edited")).code).toBe(0);
    const { execution } = resultOf(await call(base, "execution", "show", id, "--json")) as {
      execution: Record<string, unknown>;
    };
    expect(execution["results"]).toMatchObject({ a: { attempts: 1 }, b: { status: "completed" } });
  });
});

describe("orch execution", () => {
  it("lists nothing yet, and says how to start", async () => {
    const { stdout } = await call(aBase(), "execution", "list");
    expect(stdout[0]).toMatch(/^No executions yet\. Start one with: orch (--base-dir \S+ )?run <workflow>/);
  });

  it("prints what happened, from any number on", async () => {
    const base = aBase({ "w.json": { steps: [aStep("a", "add")] } });
    const id = await ran(base, "w");
    const all = await call(base, "execution", "events", id);
    expect(all.stdout.map((line) => line.trim().split(/ +/)[2])).toEqual([
      "workflow_started",
      "step_started",
      "step_completed",
      "workflow_completed",
    ]);
    const rest = await call(base, "execution", "events", id, "--after", "3", "--follow", "--json");
    expect(rest.stdout.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      "workflow_completed",
      "result",
    ]);
  });
});
