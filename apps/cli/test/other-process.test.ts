import { describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { cancelWithin } from "../src/commands/execution-request.ts";
import { aBase, aStep } from "./base.ts";
import { fakeTerminal } from "./fake-terminal.ts";
import { startOrch } from "./orch-process.ts";

/** Runs a command in this process. */
async function call(base: string, ...args: string[]) {
  const terminal = fakeTerminal();
  const code = await runCommandLine([...args, "--base-dir", base], terminal);
  return { code, text: terminal.stdout.join("\n"), error: terminal.stderr.join("\n") };
}

describe("an execution of another process", () => {
  it("says there that it is paused, is gone on with there, and is interrupted everywhere when that is gone", async () => {
    const base = aBase({ "w.json": { steps: [aStep("first", "add"), aStep("slow", "slow")] } });
    const there = startOrch(["run", "w"], { cwd: base });
    const id = /execution (\S+)$/.exec(await there.line(/execution \S+$/))?.[1] ?? "";
    await there.line(/slow started/);
    expect(await call(base, "execution", "pause", id)).toMatchObject({ code: 0 });
    expect(await there.line(/paused/)).toMatch(`paused by another process; go on with: orch resume ${id}`);
    expect((await call(base, "execution", "show", id)).text).toMatch(/^w {2}paused/);
    const of = async (status: string) => (await call(base, "execution", "list", "--status", status)).text;
    expect([await of("paused"), await of("interrupted")]).toEqual([
      expect.stringContaining(id),
      expect.stringContaining("No such execution"),
    ]);
    const resumed = await call(base, "resume", id);
    expect(resumed).toMatchObject({ code: 0, error: "" });
    expect(resumed.text).toBe(
      `Process ${there.pid} goes on with it. Watch it: orch --base-dir ${base} execution events ${id} --follow`,
    );
    await there.line(/goes on after the pause/);
    there.child.kill("SIGKILL");
    await there.ended;
    expect((await call(base, "status")).text).toMatch(/Executions +1 interrupted/);
    const list = ["execution", "list", "--status", "interrupted"];
    expect((await call(base, ...list)).text).toMatch(/w +interrupted/);
    const shown = await call(base, "execution", "show", id);
    expect(shown.text).toMatch(/^w {2}interrupted/);
    expect(shown.text).toContain(`Go on: orch --base-dir ${base} resume ${id}`);
    const on = await call(base, "resume", id);
    expect(on).toMatchObject({ code: 0 });
    expect(on.text).toMatch(/Interrupted +.* more, in which nothing ran/);
  });

  it("is undone to the end by the command that cancels it when its process is gone", async () => {
    const undo = { action: "add" };
    const base = aBase({ "w.json": { steps: [aStep("first", "add", { undo }), aStep("slow", "slow")] } });
    const there = startOrch(["run", "w"], { cwd: base });
    const id = /execution (\S+)$/.exec(await there.line(/execution \S+$/))?.[1] ?? "";
    await there.line(/first completed/);
    there.child.kill("SIGKILL");
    await there.ended;
    const terminal = fakeTerminal();
    expect(await cancelWithin(0, id, { baseDir: base }, terminal)).toBe(0);
    expect(terminal.stdout).toEqual(["Cancelled"]);
    expect((await call(base, "execution", "events", id)).text).toMatch(/undo_completed/);
  });

  it("says that it is being undone, and how to go on with that", async () => {
    const undo = { action: "slow" };
    const steps = [
      aStep("first", "add", { undo }),
      aStep("bad", "fail", { dependencies: ["first"], max_retries: 0 }),
    ];
    const base = aBase({ "w.json": { steps } });
    const there = startOrch(["run", "w"], { cwd: base });
    const id = /execution (\S+)$/.exec(await there.line(/execution \S+$/))?.[1] ?? "";
    await there.line(/undo/);
    const undone = "Its steps have ended; what they did is being undone";
    expect((await call(base, "why", id)).text).toBe(`${undone}.`);
    there.child.kill("SIGKILL");
    await there.ended;
    const gone = `${undone}, and its process is gone. Go on with: orch --base-dir ${base} resume ${id}`;
    expect((await call(base, "why", id)).text).toBe(gone);
  });

  it("is not found under an id that is only like its own, and is named", async () => {
    const base = aBase({ "w.json": { steps: [aStep("first", "add")] } });
    const run = await call(base, "run", "w");
    const id = /Execution: +(\S+)/.exec(run.text)?.[1] ?? "";
    const wrong = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
    for (const args of [
      ["why", wrong],
      ["execution", "show", wrong],
      ["execution", "events", wrong],
      ["execution", "pause", wrong],
      ["execution", "cancel", wrong],
      ["execution", "answer", wrong, "first", "1"],
      ["resume", wrong],
    ])
      expect(await call(base, ...args)).toMatchObject({
        code: 3,
        error: expect.stringContaining(`Did you mean '${id}'?`),
      });
  });

  it("names every answer that it waits for, with its form on a line of its own", async () => {
    const form = { type: "integer" };
    const ask = (name: string, action: string, more: object = {}) => ({
      name,
      module: "human",
      action,
      parameters: { message: "Well?", ...more },
    });
    const base = aBase({ "w.json": { steps: [ask("one", "input", { form }), ask("two", "approval")] } });
    const there = startOrch(["run", "w"], { cwd: base });
    const id = /execution (\S+)$/.exec(await there.line(/execution \S+$/))?.[1] ?? "";
    await Promise.all([there.line(/one waits/), there.line(/two waits/)]);
    const { text } = await call(base, "execution", "show", id);
    expect(text).toContain('one  waits: human.input Well?\n      Form: {"type":"integer"}\n');
    expect(text).toContain(`Answer: orch --base-dir ${base} execution answer ${id} one <answer>`);
    expect(text).toContain(`Answer: orch --base-dir ${base} execution answer ${id} two true|false`);
    expect(await call(base, "execution", "cancel", id)).toMatchObject({ code: 0 });
    expect(await there.ended).toMatchObject({ code: 130 });
  });
});
