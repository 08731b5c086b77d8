import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, write } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { objectsIn, orch, resultIn, startOrch } from "./orch-process.ts";

/** Runs a task to its end, and returns its id. */
const ran = async (base: string, ...args: string[]): Promise<string> =>
  String(resultOf(await call(base, "task", "run", ...args, "--json"))["task_id"]);

const tasksOf = (result: Record<string, unknown>) => result["tasks"] as Record<string, unknown>[];

describe("orch task run", () => {
  it("prints what the action gives, and nothing else", async () => {
    const base = aBase();
    const { code, stdout, stderr } = await call(base, "task", "run", "acts.add", "-p", "a=1", "-p", "b=2");
    expect({ code, stdout }).toEqual({ code: 0, stdout: ["{", '  "sum": 3', "}"] });
    expect(stderr.join()).toMatch(/completed in .* task [0-9a-f-]{36}/);
    const quiet = await call(base, "task", "run", "core.echo", "-p", "message=hi", "--quiet");
    expect([quiet.stdout, quiet.stderr]).toEqual([['"hi"'], []]);
  });

  it("tells programs each event, and the result last; what the action prints is none", async () => {
    const base = aBase();
    const ended = await orch(["task", "run", "acts.talk", "--json"], { cwd: base });
    const types = objectsIn(ended.stdout).map(({ type }) => type);
    expect(types).toEqual(["task_submitted", "task_started", "task_completed", "result"]);
    expect(resultIn(ended)).toMatchObject({ success: true, result: { data: { said: true }, attempts: 1 } });
    expect(ended.stderr).toContain("printed red");
    expect(ended.stderr).not.toContain("\u001b");
  });

  it("tries again, and fails with what the action said", async () => {
    const base = aBase();
    expect((await call(base, "task", "run", "acts.flaky")).stderr.join()).toMatch(/tries again.*not yet/);
    const failed = await call(base, "task", "run", "acts.fail", "--retries", "0");
    expect([failed.code, failed.stdout]).toEqual([1, []]);
    expect(failed.stderr.join("\n")).toMatch(/Error: it went wrong\n.*Try: .*task show/);
    const late = await call(
      base,
      "task",
      "run",
      "acts.slow",
      "--timeout",
      "0.05",
      "--retries",
      "0",
      "--json",
    );
    expect(late.code).toBe(124);
    expect(resultOf(late)).toMatchObject({ success: false, result: { status: "timeout" } });
  });

  it("refuses what can be known to be wrong, and writes nothing then", async () => {
    const base = aBase();
    const refused: [string[], number, string, RegExp][] = [
      [["core"], 2, "INVALID_PARAMETERS", /<module>\.<action>/],
      [["human.input"], 2, "INVALID_PARAMETERS", /it is a step, no task/],
      [["acst.add"], 3, "MODULE_NOT_FOUND", /acst/],
      [["acts.ad"], 3, "ACTION_NOT_FOUND", /ad/],
      [["core.sleep", "-p", "duraton=1"], 2, "INVALID_PARAMETERS", /no parameter 'duraton'/],
      [["core.sleep", "-p", "duration=-1"], 2, "INVALID_PARAMETERS", /duration: /],
      [["core.sleep", "-p", "duration=long"], 2, "INVALID_PARAMETERS", /of type number/],
      [["core.sleep", "--priority", "urgent"], 2, "INVALID_PARAMETERS", /'urgent' is invalid/],
      [["core.sleep", "--timeout", "0"], 2, "INVALID_PARAMETERS", /above 0/],
      [["core.sleep", "--retries", "1.5"], 2, "INVALID_PARAMETERS", /whole number/],
      [["core.echo", "--params-file", "gone.json"], 2, "INVALID_PARAMETERS", /gone\.json/],
      [["core.echo", "--session", "gone"], 3, "SESSION_NOT_FOUND", /gone/],
    ];
    for (const [args, exit, code, says] of refused) {
      const got = await call(base, "task", "run", ...args, "--json");
      const result = resultOf(got);
      expect([args, got.code, result["error_code"]]).toEqual([args, exit, code]);
      expect(String(result["error"])).toMatch(says);
    }
    expect(existsSync(join(base, ".workflows"))).toBe(false);
  });

  it("cancels at the first signal", async () => {
    const base = aBase();
    const running = startOrch(["task", "run", "acts.slow", "--json"], {
      cwd: base,
      onLine: (line, child) => {
        if (line.includes("task_started")) child.kill("SIGINT");
      },
    });
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(resultIn(ended)).toMatchObject({ success: false, error_code: "CANCELLED" });
    expect(ended.stderr).toMatch(/SIGINT: cancelling/);
  });

  it("ends with a result when the action throws where nothing catches it", async () => {
    const base = aBase();
    const crashed = await orch(["task", "run", "acts.crash", "--json"], { cwd: base });
    expect(crashed.code).toBe(70);
    expect(resultIn(crashed)).toMatchObject({ error_code: "INTERNAL_ERROR" });
  });
});

describe("orch task list", () => {
  it("has tasks that ended in other processes, newest first, also one that was killed", async () => {
    const base = aBase();
    expect((await call(base, "task", "list")).text).toMatch(/^No tasks yet\. Run one with: orch .*task run/);
    const [first, second] = [await ran(base, "acts.add"), await ran(base, "acts.fail", "--retries", "0")];
    const running = startOrch(["task", "run", "acts.slow", "--json"], { cwd: base });
    await running.line(/task_started/);
    const during = tasksOf(resultOf(await call(base, "task", "list", "--json")));
    expect(during.map(({ standing }) => standing)).toEqual(["running", "failed", "completed"]);
    running.child.kill("SIGKILL");
    await running.ended;
    const after = tasksOf(resultOf(await call(base, "task", "list", "--json")));
    expect(after.map(({ task_id, standing }) => [task_id, standing]).slice(1)).toEqual([
      [second, "failed"],
      [first, "completed"],
    ]);
    expect(after[0]).toMatchObject({ standing: "interrupted", name: "acts.slow", ended_at: null });
    const failed = await call(base, "task", "list", "--status", "failed", "--limit", "5");
    expect(failed.text).toContain(second);
    expect(failed.text).not.toContain(first);
    expect(failed.text).not.toContain("\u001b");
    expect((await call(base, "task", "list", "--status", "ready")).text).toMatch(/^No such task/);
  });
});

describe("orch task show", () => {
  it("shows what a task was given and what it gave", async () => {
    const base = aBase();
    const id = await ran(base, "acts.add", "-p", "a=4", "--priority", "high");
    const { text } = await call(base, "task", "show", id);
    expect(text).toMatch(/^acts\.add {2}completed/);
    expect(text).toMatch(/Parameters +\{"a":4\}/);
    expect(text).toMatch(/Priority +high/);
    expect(text).toMatch(/Result\n {2}\{\n {4}"sum": 4/);
    const shown = resultOf(await call(base, "task", "show", id, "--json"));
    expect(shown).toMatchObject({ success: true, task: { id, status: "completed" }, waits_for: [] });
    const near = await call(base, "task", "show", `${id.slice(0, -1)}x`, "--json");
    expect(near.code).toBe(3);
    expect(resultOf(near)).toMatchObject({ error_code: "TASK_NOT_FOUND", details: { near: [id] } });
  });
});

describe("orch task cancel", () => {
  it("ends a task of another process", async () => {
    const base = aBase();
    const running = startOrch(["task", "run", "acts.slow", "--json"], { cwd: base });
    const { task_id } = JSON.parse(await running.line(/task_started/)) as { task_id: string };
    const shown = await call(base, "task", "show", task_id);
    expect(shown.text).toMatch(new RegExp(`Waits: Process ${running.pid} has it`));
    const cancelled = await call(base, "task", "cancel", task_id);
    expect([cancelled.code, cancelled.text]).toEqual([0, "Cancelled"]);
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(resultIn(ended)).toMatchObject({ result: { status: "cancelled" } });
    const again = await call(base, "task", "cancel", task_id, "--json");
    expect(again.code).toBe(2);
    expect(resultOf(again)).toMatchObject({ error_code: "INVALID_STATE" });
  });

  it("says so when the process of the task is gone", async () => {
    const base = aBase();
    const running = startOrch(["task", "run", "acts.slow", "--json"], { cwd: base });
    const { task_id } = JSON.parse(await running.line(/task_started/)) as { task_id: string };
    running.child.kill("SIGKILL");
    await running.ended;
    const cancelled = await call(base, "task", "cancel", task_id, "--json");
    expect(resultOf(cancelled)).toMatchObject({ success: true, task_id, ended: false });
    expect((await call(base, "task", "cancel", task_id)).text).toMatch(/^Its process is gone/);
    expect((await call(base, "task", "cancel", "nobody")).code).toBe(3);
  });
});

describe("orch task resume", () => {
  const killed = async (base: string, ...names: string[]): Promise<string[]> => {
    const ids: string[] = [];
    for (const name of names) {
      const running = startOrch(["task", "run", name, "--json"], { cwd: base });
      const { task_id } = JSON.parse(await running.line(/task_started/)) as { task_id: string };
      ids.push(task_id);
      running.child.kill("SIGKILL");
      await running.ended;
    }
    return ids;
  };

  it("goes on with a task whose process is gone, as its next attempt, and gives its result", async () => {
    const base = aBase();
    const [id = ""] = await killed(base, "acts.slow");
    expect((await call(base, "task", "show", id)).text).toContain(`task resume ${id}`);
    expect((await call(base, "doctor")).text).toContain("task resume");
    expect((await call(base, "task", "list")).stderr.join()).toContain("task resume");
    const resumed = await orch(["task", "resume", id, "--json"], { cwd: base });
    expect(resumed.code).toBe(0);
    expect(resultIn(resumed)).toMatchObject({ success: true, task_id: id, result: { data: { attempt: 2 } } });
    const again = await call(base, "task", "resume", id, "--json");
    expect([again.code, resultOf(again)["error_code"]]).toEqual([2, "INVALID_STATE"]);
    const unknown = await call(base, "task", "resume", "nobody", "--json");
    expect([unknown.code, resultOf(unknown)["error_code"]]).toEqual([3, "TASK_NOT_FOUND"]);
  });

  it("goes on with all of them, and says so when there are none", async () => {
    const base = aBase();
    expect(await call(base, "task", "resume")).toMatchObject({ code: 0, text: "No task is interrupted" });
    const ids = await killed(base, "acts.slow", "acts.deaf");
    const resumed = await orch(["task", "resume", "--json"], { cwd: base });
    expect(resumed.code).toBe(0);
    const { tasks } = resultIn(resumed) as { tasks: Record<string, unknown>[] };
    expect(tasks.map(({ task_id, success }) => [task_id, success])).toEqual(ids.map((id) => [id, true]));
  });

  it("leaves alone what runs elsewhere, and can be stopped and called again", async () => {
    const base = aBase();
    write(base, "config/modules/long.mjs", LONG);
    const running = startOrch(["task", "run", "long.wait", "--json"], { cwd: base });
    const { task_id: id } = JSON.parse(await running.line(/task_started/)) as { task_id: string };
    const refused = await call(base, "task", "resume", id, "--json");
    expect([refused.code, resultOf(refused)["error_code"]]).toEqual([2, "INVALID_STATE"]);
    running.child.kill("SIGKILL");
    await running.ended;
    const stopping = startOrch(["task", "resume", id], { cwd: base });
    await stopping.line(/Goes on with 1 task/);
    stopping.child.kill("SIGINT");
    const { code, stderr } = await stopping.ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`task resume ${id}`);
    const { tasks } = resultOf(await call(base, "task", "list", "--status", "interrupted", "--json")) as {
      tasks: Record<string, unknown>[];
    };
    expect(tasks.map(({ task_id }) => task_id)).toEqual([id]);
  });
});

const LONG = `
const input = { safeParse: (data) => ({ success: true, data }) };
export default { name: "long", actions: { wait: { description: "", input, run: (_, { signal }) => new Promise((_resolve, reject) => {
  const timer = setInterval(() => {}, 1000);
  signal.addEventListener("abort", () => { clearInterval(timer); reject(signal.reason); });
}) } } };
`;
