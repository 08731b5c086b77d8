import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aFolder, write } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { objectsIn, orch, resultIn, startOrch } from "./orch-process.ts";

const TALKS = `
const input = { safeParse: (data) => ({ success: true, data }) };
const action = (run) => ({ description: "", input, run });
const forEver = (signal) => new Promise((_resolve, reject) => {
  const timer = setInterval(() => {}, 1000);
  signal?.addEventListener("abort", () => { clearInterval(timer); reject(signal.reason); });
});
export default { name: "talks", actions: {
  say: action(({ words = "hello" }, { logger }) => {
    logger.debug("for those who look closely");
    logger.info(words, { from: "talks" });
    logger.error("two\\nlines \\x1b[31mred\\x1b[0m");
    return null;
  }),
  kill: action((_, { logger }) => { logger.info("last words"); process.kill(process.pid, "SIGKILL"); }),
  die: action(async (_, { logger }) => { logger.info("last words"); setTimeout(() => process.kill(process.pid, "SIGKILL"), 50); await forEver(); }),
  tell: action(async ({ secret }, { logger }) => { logger.info("it is " + secret, { password: "x" }); return null; }),
  hang: action(async (_, { logger, attempt, signal }) => { logger.info("begins"); if (attempt === 1) await forEver(signal); return null; }),
} };
`;
const aStep = (name: string, action: string, more: object = {}) => ({
  ...{ name, module: "talks", action, max_retries: 0 },
  ...more,
});

/** A base with a module that logs, and one workflow `w`. */
function aTalkingBase(...steps: object[]): string {
  const base = aBase({ "w.json": { steps } });
  write(base, "config/modules/talks.mjs", TALKS);
  return base;
}

async function ran(base: string): Promise<string> {
  return String(resultOf(await call(base, "run", "w", "--json"))["execution_id"]);
}

const messagesIn = (lines: readonly string[]) =>
  lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .flatMap(({ message }) => (message ? [message] : []));

describe("orch logs", () => {
  it("shows what steps said, wherever they ran", async () => {
    const isolations = ["inline", "worker", "process"];
    const base = aTalkingBase(
      ...isolations.map((isolation, at) =>
        aStep(isolation, "say", { isolation, ...(at > 0 ? { dependencies: [isolations[at - 1]] } : {}) }),
      ),
    );
    const id = await ran(base);
    const shown = await call(base, "logs", id, "--json");
    const objects = shown.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.pop()).toEqual({ type: "result", success: true, execution_id: id, last: 9, lines: 6 });
    expect(objects[0]).toEqual({
      ...{
        type: "log",
        seq: 2,
        at: expect.stringMatching(/^\d{4}-.*:\d\d\.\d{3}/),
        execution_id: id,
        step_name: "inline",
      },
      ...{ attempt: 1, level: "info", message: "hello", fields: { from: "talks" } },
    });
    expect(objects.map(({ step_name, message }) => [step_name, message])).toEqual(
      isolations.flatMap((name) => [
        [name, "hello"],
        [name, "two\nlines red"],
      ]),
    );
    const text = await call(base, "logs", `${id}/worker`, "--level", "debug");
    expect(text.stdout.map((line) => line.replace(/^\S+/, ""))).toEqual([
      "  debug  worker #1  for those who look closely",
      "  info   worker #1  hello  from=talks",
      "  error  worker #1  two",
      "    lines red",
    ]);
    expect((await call(base, "logs", id, "--attempt", "2")).stdout).toEqual([]);
    const unknown = await call(base, "logs", `${id}/nobody`, "--json");
    expect([unknown.code, resultOf(unknown)["error_code"]]).toEqual([2, "INVALID_PARAMETERS"]);
    const none = await call(base, "logs", "nobody", "--json");
    expect([none.code, resultOf(none)["error_code"]]).toEqual([3, "EXECUTION_NOT_FOUND"]);
  });

  it("says what to do where there is nothing to show", async () => {
    const base = aTalkingBase({ name: "a", module: "core", action: "echo" });
    const id = await ran(base);
    const { code, stdout, stderr } = await call(base, "logs", id);
    expect([code, stdout, stderr.join()]).toEqual([0, [], expect.stringContaining("context.logger")]);
    const failing = aTalkingBase({ name: "a", module: "core", action: "fail", max_retries: 0 });
    const failed = await ran(failing);
    expect((await call(failing, "logs", failed)).stderr.join()).toContain(`logs ${failed} --level debug`);
    expect((await call(failing, "logs", failed, "--level", "debug")).text).toMatch(
      /debug {2}a #1 {2}.*\n {8}at /,
    );
  });

  it("has what an attempt said before its process was killed", async () => {
    const base = aTalkingBase(
      aStep("at_once", "kill", { isolation: "process" }),
      aStep("later", "die", { isolation: "process" }),
    );
    const id = await ran(base);
    for (const step of ["at_once", "later"])
      expect(messagesIn((await call(base, "logs", `${id}/${step}`, "--json")).stdout)).toEqual([
        "last words",
      ]);
  });

  it("has what was said before the engine was killed, goes on after it, and is in a backup", async () => {
    const base = aTalkingBase(aStep("a", "hang"));
    const running = startOrch(["run", "w", "--json"], { cwd: base });
    const { execution_id: id } = JSON.parse(await running.line(/step_started/)) as { execution_id: string };
    const follower = startOrch(["logs", id, "--follow", "--json"], { cwd: base });
    await follower.line(/begins/);
    running.child.kill("SIGKILL");
    await running.ended;
    expect(messagesIn((await call(base, "logs", id, "--json")).stdout)).toEqual(["begins"]);
    await call(base, "backup", join(base, "copy.db"));
    const resumed = await orch(["resume", id, "--quiet"], { cwd: base });
    expect(resumed.code).toBe(0);
    // It ends by itself when the execution has ended, in whatever process.
    const { code, stdout } = await follower.ended;
    expect(code).toBe(0);
    const lines = objectsIn(stdout);
    expect(lines.map(({ seq, attempt, message }) => [seq, attempt, message])).toEqual([
      [1, 1, "begins"],
      [2, 2, "begins"],
      [undefined, undefined, undefined],
    ]);
    const copy = aFolder();
    write(copy, ".workflows/state.db", readFileSync(join(base, "copy.db")));
    expect(messagesIn((await call(copy, "logs", id, "--json")).stdout)).toEqual(["begins"]);
  });

  it("ends with a result when somebody who follows leaves, and the run goes on", async () => {
    const base = aTalkingBase(aStep("a", "hang"));
    const running = startOrch(["run", "w", "--json"], { cwd: base });
    const { execution_id: id } = JSON.parse(await running.line(/step_started/)) as { execution_id: string };
    for (const [pattern, ...args] of [
      [/begins/, "logs", id],
      [/step_started/, "execution", "events", id],
    ] as const) {
      const chosen = args[0] === "logs" ? ["--level", "debug", "--attempt", "1"] : [];
      const follower = startOrch([...args, ...chosen, "--follow", "--json"], { cwd: base });
      await follower.line(pattern);
      follower.child.kill("SIGINT");
      const ended = await follower.ended;
      expect([ended.code, resultIn(ended)["error_code"]]).toEqual([130, "CANCELLED"]);
      const again = `${[...args, ...chosen].join(" ")} --follow --after `;
      expect(JSON.stringify(resultIn(ended)["suggestions"])).toContain(again);
    }
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
  });

  it("keeps no secrets", async () => {
    const base = aTalkingBase(aStep("a", "tell", { parameters: { secret: "hunter-2-hunter" } }));
    const env = { ORCH_SECRET_MAIL: "hunter-2-hunter" };
    const { stdout } = await orch(["run", "w", "--json"], { cwd: base, env });
    const id = String(objectsIn(stdout).at(-1)?.["execution_id"]);
    const { text } = await call(base, "logs", id);
    expect(text).toContain("it is [redacted]  password=[redacted]");
  });
});
