import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aStep, write } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { orch, resultIn, startOrch } from "./orch-process.ts";

const WORKFLOWS = {
  "sum.json": { steps: [aStep("sum", "add", { parameters: { a: 1, b: 2 } })] },
  "slow.json": { steps: [aStep("slow", "slow")] },
};

/** Makes a session, and returns its id. */
const made = async (base: string, ...args: string[]): Promise<string> =>
  String(resultOf(await call(base, "session", "create", ...args, "--json"))["session_id"]);

const shown = async (base: string, id: string) =>
  resultOf(await call(base, "session", "show", id, "--json")) as {
    session: Record<string, unknown>;
    history: Record<string, unknown>[];
    allocations: Record<string, unknown>[];
  };

describe("orch session", () => {
  it("makes a session that stays, lists and shows it, and closes it", async () => {
    const base = aBase(WORKFLOWS);
    expect((await call(base, "session", "list")).text).toMatch(/^No session is open\. Make one with: orch/);
    expect(existsSync(join(base, ".workflows"))).toBe(false);
    const options =
      "--user alice --name deep\u001b[2J --mode sequential --max-tasks 3 --timeout 60 --set depth=3";
    const created = await orch(["session", "create", ...options.split(" "), "--json"], { cwd: base });
    const id = String(resultIn(created)["session_id"]);
    expect(resultIn(created)["suggestions"]).toEqual([
      `orch run <workflow> --session ${id}`,
      `orch session close ${id}`,
    ]);
    const list = await call(base, "session", "list");
    expect(list.text).toMatch(/pending +alice +sequential/);
    expect(list.text).not.toContain("\u001b");
    const { session } = await shown(base, id);
    expect(session).toMatchObject({
      user_id: "alice",
      mode: "sequential",
      max_parallel_tasks: 3,
      timeout_seconds: 60,
      metadata: { depth: 3 },
      status: "pending",
    });
    const closed = await call(base, "session", "close", id);
    expect([closed.code, closed.text]).toEqual([0, `Closed ${id}`]);
    expect((await call(base, "session", "list")).text).toMatch(/^No session/);
    expect((await call(base, "session", "list", "--all")).text).toMatch(/completed +alice/);
    expect((await call(base, "session", "show", id)).text).toMatch(/ {2}completed\n/);
  });

  it("runs workflows and tasks in it, from several processes, and knows what was done", async () => {
    const base = aBase(WORKFLOWS);
    const id = await made(base);
    const run = await orch(["run", "sum", "--session", id, "--json"], { cwd: base });
    expect(run.code).toBe(0);
    const file = write(base, "own.json", JSON.stringify({ name: "own", ...WORKFLOWS["sum.json"] }));
    expect((await call(base, "run", file, "--session", id)).code).toBe(0);
    expect((await call(base, "task", "run", "acts.add", "--session", id)).code).toBe(0);
    const failed = await call(base, "task", "run", "acts.fail", "--retries", "0", "--session", id);
    expect(failed.code).toBe(1);
    const { session, history } = await shown(base, id);
    expect(session["status"]).toBe("active");
    expect(history.map(({ type, name, success }) => [type, name, success])).toEqual([
      ["workflow", "sum", true],
      ["workflow", "own", true],
      ["task", "acts.add", true],
      ["task", "acts.fail", false],
    ]);
    expect(history[0]?.["id"]).toBe(resultIn(run)["execution_id"]);
    expect((await call(base, "session", "show", id)).text).toMatch(/✔ +workflow +sum/);
  });

  it("holds what it requires until it is closed", async () => {
    const base = aBase(WORKFLOWS);
    write(base, "resources.json", JSON.stringify({ resources: { bench: { type: "custom", capacity: 2 } } }));
    const id = await made(base, "--require", "bench=2");
    expect((await call(base, "run", "sum", "--session", id)).code).toBe(0);
    expect((await shown(base, id)).allocations).toMatchObject([{ resource_id: "bench" }]);
    const second = await made(base, "--require", "bench=1");
    const refused = await call(base, "run", "sum", "--session", second, "--json");
    expect(refused.code).toBe(6);
    expect(resultOf(refused)).toMatchObject({ success: false, error_code: "RESOURCE_UNAVAILABLE" });
    await call(base, "session", "close", id);
    expect((await shown(base, id)).allocations).toEqual([]);
  });

  it("ends what runs in it in other processes when it is closed", async () => {
    const base = aBase(WORKFLOWS);
    const id = await made(base);
    const inIt = [
      startOrch(["run", "slow", "--session", id, "--json"], { cwd: base }),
      startOrch(["task", "run", "acts.slow", "--session", id, "--json"], { cwd: base }),
    ];
    await Promise.all([inIt[0]?.line(/step_started/), inIt[1]?.line(/task_started/)]);
    const closed = await call(base, "session", "close", id, "--cancel", "--json");
    expect(resultOf(closed)).toMatchObject({ success: true, session_id: id, status: "cancelled" });
    const codes = await Promise.all(inIt.map(async ({ ended }) => (await ended).code));
    expect(codes).toEqual([130, 130]);
    expect((await shown(base, id)).session["status"]).toBe("cancelled");
  });

  it("says of a run that it waits for its turn, which comes when the process before it is killed", async () => {
    const base = aBase(WORKFLOWS);
    const id = await made(base, "--max-workflows", "1");
    const first = startOrch(["run", "slow", "--session", id, "--json"], { cwd: base });
    const { execution_id: killed } = JSON.parse(await first.line(/step_started/)) as { execution_id: string };
    const given = startOrch(["run", "sum", "--session", id, "--json"], { cwd: base });
    const left = startOrch(["run", "sum", "--session", id], { cwd: base });
    const said = await given.line(/waits for its turn in its session/);
    expect(said).toContain(`orch session show ${id}`);
    const own = /Execution (\S+)/.exec(await left.line(/waits for its turn/))?.[1];
    left.child.kill("SIGINT");
    const { code, stderr } = await left.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining(`orch resume ${own}`)]);
    first.child.kill("SIGKILL");
    const ended = await given.ended;
    expect([ended.code, resultIn(ended)["success"]]).toEqual([0, true]);
    expect((await call(base, "resume", killed)).code).toBe(0);
    expect((await shown(base, id)).history).toHaveLength(2);
  });

  it("refuses what is unknown or closed, and what is no limit", async () => {
    const base = aBase(WORKFLOWS);
    const id = await made(base);
    const near = await call(base, "session", "show", `${id.slice(0, -1)}x`, "--json");
    expect([near.code, resultOf(near)["details"]]).toEqual([3, expect.objectContaining({ near: [id] })]);
    await call(base, "session", "close", id);
    for (const args of [
      ["session", "close", id],
      ["run", "sum", "--session", id],
      ["task", "run", "acts.add", "--session", id],
      ["run", "sum", "--dry-run", "--session", "gone"],
    ]) {
      const { code, text } = await call(base, ...args, "--json");
      expect([args, code, JSON.parse(text).error_code]).toEqual([args, 3, "SESSION_NOT_FOUND"]);
    }
    for (const bad of [
      ["--max-tasks", "0"],
      ["--timeout", "-1"],
      ["--mode", "fast"],
      ["--require", "cpu"],
    ]) {
      const { code, stdout } = await call(base, "session", "create", ...bad, "--json");
      expect([bad, code, resultOf({ stdout })["error_code"]]).toEqual([bad, 2, "INVALID_PARAMETERS"]);
    }
  });
});

describe("orch health", () => {
  it("says how the parts are", async () => {
    const base = aBase(WORKFLOWS);
    const healthy = await call(base, "health");
    expect([healthy.code, healthy.stdout[0]]).toEqual([0, "✔ healthy"]);
    expect(healthy.text).toMatch(/workflow manager +healthy +workflows 2, load problems 0/);
    expect(existsSync(join(base, ".workflows"))).toBe(false);
    write(base, "config/workflows/production/bad.json", "{");
    const degraded = await call(base, "health");
    expect([degraded.code, degraded.stdout[0]]).toEqual([0, "! degraded"]);
    expect(degraded.stderr.join()).toMatch(/Problem: .*bad\.json/);
    expect(resultOf(await call(base, "health", "--json"))).toMatchObject({
      success: true,
      overall_status: "degraded",
      components: { workflow_manager: { status: "degraded" } },
    });
  });

  it("ends with 1 when something is unhealthy", async () => {
    const base = aBase();
    const out = { type: "custom", capacity: 1, status: "maintenance" };
    const resources = Object.fromEntries(["a", "b", "c", "d", "e"].map((id) => [id, out]));
    write(base, "resources.json", JSON.stringify({ resources }));
    const { code, stdout } = await call(base, "health", "--json");
    expect(code).toBe(1);
    expect(resultOf({ stdout })).toMatchObject({ success: false, overall_status: "unhealthy" });
  });
});

describe("orch metrics", () => {
  it("gives figures", async () => {
    const base = aBase(WORKFLOWS);
    await call(base, "run", "sum");
    await made(base);
    const { code, text } = await call(base, "metrics");
    expect(code).toBe(0);
    expect(text).toMatch(/^ {2}sessions\.active +1$/m);
    expect(text).toMatch(/^ {2}workflows\.total +2$/m);
    expect(resultOf(await call(base, "metrics", "--json"))).toMatchObject({
      success: true,
      sessions: { total: 1, active: 1 },
      resources: { total_resources: expect.any(Number) },
    });
  });
});
