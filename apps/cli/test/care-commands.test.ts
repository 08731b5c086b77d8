import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aFolder, aStep, write } from "./base.ts";
import { type Called, call, resultOf } from "./call.ts";
import { orch, resultIn, startOrch } from "./orch-process.ts";

const ONE = { "one.json": { steps: [aStep("one", "add", { parameters: { a: 1 } })] } };
const errorOf = (called: Called) => [called.code, resultOf(called)["error_code"]];

describe("orch init", () => {
  it("makes a base directory in which what it names works at once", async () => {
    const base = join(aFolder(), "new one");
    const made = await orch(["init", base], { cwd: aFolder() });
    expect(made.code).toBe(0);
    expect(made.stdout).toContain(`orch --base-dir '${base}' run hello -p who=you`);
    const run = await orch(["--base-dir", base, "run", "hello", "-p", "who=you", "--json"], { cwd: base });
    expect(run.stderr).toBe("");
    expect(resultIn(run)).toMatchObject({ success: true });
    expect(JSON.stringify(resultIn(run))).toContain("Hello you!");
    const doctor = await call(base, "doctor", "--load");
    expect([doctor.code, doctor.stderr]).toEqual([0, ["All is well"]]);
  });

  it("writes over nothing", async () => {
    const base = aFolder();
    write(base, "orchestration.json", '{"max_workers": 2}');
    const made = resultOf(await call(base, "init", "--json"));
    expect(made).toMatchObject({ base_dir: base, kept: ["orchestration.json"] });
    expect(made["created"]).toHaveLength(2);
    expect(readFileSync(join(base, "orchestration.json"), "utf8")).toBe('{"max_workers": 2}');
    expect(resultOf(await call(base, "init", "--json"))).toMatchObject({ created: [] });
    expect(readdirSync(join(base, "config/modules"))).toEqual(["hello.mjs"]);
  });

  it("refuses what is no directory, and two of them", async () => {
    const base = aFolder();
    expect(errorOf(await call(base, "init", "other", "--json"))).toEqual([2, "INVALID_PARAMETERS"]);
    const file = write(base, "file", "mine");
    expect(errorOf(await call(file, "init", "--json"))).toEqual([2, "INVALID_PARAMETERS"]);
  });
});

describe("orch execution gantt", () => {
  it("shows when steps ran", async () => {
    const base = aBase(ONE);
    const id = String(resultOf(await call(base, "run", "one", "--json"))["execution_id"]);
    const { code, text } = await call(base, "execution", "gantt", id);
    expect([code, text]).toEqual([0, expect.stringMatching(/^one {2}completed\n {2}one +█+ +[\d.]+ m?s$/)]);
    expect(resultOf(await call(base, "execution", "gantt", id, "--json"))).toMatchObject({
      status: "completed",
      steps: [{ name: "one", status: "completed", start: expect.any(Number), end: expect.any(Number) }],
    });
    expect(errorOf(await call(base, "execution", "gantt", "gone", "--json"))[0]).toBe(3);
  });
});

describe("orch doctor", () => {
  it("finds what is wrong, says what to do, and changes nothing", async () => {
    const base = aBase({ ...ONE, "bad.json": "{", "slow.json": { steps: [aStep("slow", "slow")] } });
    write(base, "config/modules/broken.mjs", "throw new Error('no \\x1b[2Jway')");
    write(base, "orchestration.json", '{"max_worker": 2}');
    for (const args of [
      ["run", "slow", "--json"],
      ["task", "run", "acts.slow", "--json"],
    ]) {
      const running = startOrch(args, { cwd: base });
      await running.line(/_started/);
      running.child.kill("SIGKILL");
      await running.ended;
    }
    const { code, stdout } = await call(base, "doctor", "--load", "--json");
    expect(code).toBe(1);
    const { findings } = resultOf({ stdout }) as {
      findings: { level: string; about: string; message: string; suggestions: string[] }[];
    };
    const found = (about: string) => findings.find((each) => each.about === about && each.level !== "ok");
    expect(found("settings")?.message).toMatch(/max_worker/);
    expect(found("workflows")?.message).toMatch(/bad\.json/);
    expect(found("modules")?.message).toMatch(/broken/);
    expect(found("executions")?.suggestions.join()).toMatch(/orch .*resume /);
    expect(found("tasks")?.message).toMatch(/^1 task of processes that are gone/);
    for (const { level, suggestions } of findings) if (level !== "ok") expect(suggestions).not.toEqual([]);
    const person = await call(base, "doctor", "--quiet", "--load");
    expect(person.text).not.toContain("\u001b[2J");
    expect(person.text).not.toMatch(/✔/);
    expect(person.stderr.at(-1)).toMatch(/^2 problems, 3 warnings$/);
  });

  it.skipIf(process.platform === "win32")("says who else can use the state", async () => {
    const base = aBase(ONE);
    await call(base, "run", "one");
    expect((await call(base, "doctor")).code).toBe(0);
    chmodSync(join(base, ".workflows", "state.db"), 0o644);
    const { code, text } = await call(base, "doctor");
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(/state\.db can be used by others \(mode 644\)\n.*chmod/),
    ]);
  });

  it("goes on where there is nothing, or nothing that can be used", async () => {
    const empty = aFolder();
    expect((await call(empty, "doctor")).code).toBe(0);
    expect(readdirSync(empty)).toEqual([]);
    const base = aBase(ONE);
    mkdirSync(join(base, ".workflows"), { mode: 0o700 });
    write(base, ".workflows/state.db", "something else ".repeat(1000));
    const damaged = await call(base, "doctor", "--json");
    expect(damaged.code).toBe(1);
    expect(JSON.stringify(resultOf(damaged)["findings"])).toMatch(/state\.db is damaged/);
    write(base, "orchestration.json", "{");
    expect(JSON.stringify(resultOf(await call(base, "doctor", "--json")))).toMatch(/orchestration\.json/);
  });
});

describe("orch backup", () => {
  it("makes a copy that works in place of the state, while a run writes", async () => {
    const base = aBase({ ...ONE, "slow.json": { steps: [aStep("slow", "slow")] } });
    const large = "x".repeat(400_000);
    write(base, "large.json", JSON.stringify({ message: large }));
    const task = await call(
      base,
      "task",
      "run",
      "core.echo",
      "--params-file",
      join(base, "large.json"),
      "--json",
    );
    const running = startOrch(["run", "slow", "--json"], { cwd: base });
    await running.line(/step_started/);
    const made = resultOf(await call(base, "backup", "--json")) as { file: string; blobs: string };
    running.child.kill("SIGTERM");
    await running.ended;
    expect(made).toMatchObject({ success: true, blob_count: expect.any(Number), bytes: expect.any(Number) });
    const other = aBase(ONE);
    mkdirSync(join(other, ".workflows"), { mode: 0o700 });
    cpSync(made.file, join(other, ".workflows", "state.db"));
    cpSync(made.blobs, join(other, ".workflows", "blobs"), { recursive: true });
    chmodSync(join(other, ".workflows", "blobs"), 0o700);
    const id = String(resultOf(task)["task_id"]);
    const shown = resultOf(await call(other, "task", "show", id, "--json"));
    expect(shown).toMatchObject({ task: { status: "completed", result: { data: large } } });
    expect((await call(other, "execution", "list")).text).toMatch(/slow/);
    expect((await call(other, "run", "one")).code).toBe(0);
  });

  it("writes over nothing, and is none of nothing", async () => {
    const base = aBase(ONE);
    expect(errorOf(await call(base, "backup", "--json"))).toEqual([4, "STORAGE_ERROR"]);
    expect(existsSync(join(base, ".workflows"))).toBe(false);
    await call(base, "run", "one");
    const file = write(base, "mine.db", "mine");
    expect(errorOf(await call(base, "backup", file, "--json"))).toEqual([4, "STORAGE_ERROR"]);
    expect(readFileSync(file, "utf8")).toBe("mine");
    rmSync(file);
    expect((await call(base, "backup", file)).text).toMatch(/^Backed up to .*mine\.db\n.*checked/);
  });
});

describe("orch gc", () => {
  it("deletes what the settings do not keep, with its large values, and says what went", async () => {
    const base = aBase(ONE);
    expect((await call(base, "gc")).text).toBe("Nothing was to go");
    expect(existsSync(join(base, ".workflows"))).toBe(false);
    write(base, "large.json", JSON.stringify({ message: "x".repeat(400_000) }));
    await call(base, "task", "run", "core.echo", "--params-file", join(base, "large.json"));
    for (let run = 0; run < 3; run++) await call(base, "run", "one");
    await call(base, "task", "run", "acts.add");
    write(base, "orchestration.json", '{"retention": {"max_count": 1}}');
    const gone = await call(base, "gc", "--json");
    expect(resultOf(gone)["deleted"]).toMatchObject({
      executions: 2,
      tasks: 1,
      large_values: expect.any(Number),
    });
    expect(readdirSync(join(base, ".workflows", "blobs"))).toEqual([]);
    expect((await call(base, "execution", "list")).stdout).toHaveLength(1);
    expect((await call(base, "gc")).text).toBe("Nothing was to go");
  });
});

describe("orch completion", () => {
  it("prints a script with all commands, and loads little for that", async () => {
    const base = aBase();
    const { code, text } = await call(base, "completion", "bash");
    expect(code).toBe(0);
    expect(text).toMatch(/complete -o default -F _orch orch$/);
    for (const path of ["/task/run", "/session/close", "/docs/check", "/completion"])
      expect(text).toContain(path);
    const script = resultOf(await call(base, "completion", "fish", "--json"));
    expect(script).toMatchObject({ shell: "fish", script: expect.stringContaining("complete -c orch") });
    expect(errorOf(await call(base, "completion", "csh", "--json"))).toEqual([2, "INVALID_PARAMETERS"]);
  });
});
