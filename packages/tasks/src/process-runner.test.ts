import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { noopLogger } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { anAttempt } from "../test/attempt.ts";
import { aFolder, childrenIn } from "../test/left.ts";
import { isRunning, untilGone } from "../test/processes.ts";
import { ProcessRunner } from "./process-runner.ts";
import { CANCEL_GRACE_MS } from "./worker-runner.ts";

const runner = new ProcessRunner();

const bad = (failure: object) => ({ ok: false, failure });
const enough = Object.assign(new Error("enough"), { code: "CANCELLED" });

async function run(action: string, parameters = {}, by = runner) {
  return by.run({ ...(await anAttempt("alone", action)), parameters });
}

describe("ProcessRunner", () => {
  it.each<[string, object]>([
    [
      "exit0",
      {
        code: "EXITED_WITHOUT_RESULT",
        retryable: true,
        message: expect.stringContaining("(exit code 0)"),
        details: { exit_code: 0 },
      },
    ],
    [
      "exit3",
      {
        code: "EXITED_WITHOUT_RESULT",
        retryable: true,
        message: expect.stringContaining("(exit code 3)"),
        details: { exit_code: 3 },
      },
    ],
    ["hangUp", { code: "EXITED_WITHOUT_RESULT", retryable: true }],
    ["crash", { code: "WORKER_CRASHED", retryable: true, message: expect.stringContaining("uncaught") }],
    ["killItself", { code: "WORKER_CRASHED", retryable: true, details: { signal: "SIGKILL" } }],
    ["abortItself", { code: "WORKER_CRASHED", retryable: true, details: { signal: "SIGABRT" } }],
  ])("fails only the attempt that does %s, and says how it ended", async (action, failure) => {
    expect(await run(action)).toMatchObject(bad(failure));
    expect(await run("echo", { text: "hi" })).toMatchObject({ ok: true, value: { text: "hi" } });
  });

  it.each(["exhaust", "exhaustBuffers"])("says so when an attempt runs out of memory: %s", async (action) => {
    const small = new ProcessRunner({ memoryMb: 64 });
    expect(await run(action, {}, small)).toMatchObject(bad({ code: "OUT_OF_MEMORY", retryable: false }));
  });

  it("refuses a limit in which no process could live", () => {
    for (const memoryMb of [0, 15, 1.5, Number.NaN])
      expect(() => new ProcessRunner({ memoryMb })).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETERS" }),
      );
  });

  it.each(["leaveChildren", "leaveAndExit", "leaveNameless"])(
    "leaves no program behind that an action started: %s",
    async (action) => {
      const folder = aFolder();
      const outcome = await run(action, { folder });
      expect(outcome.ok).toBe(action !== "leaveAndExit");
      const children = await childrenIn(folder);
      expect(children.map(isRunning)).toEqual(children.map(() => false));
    },
  );

  it.each(["busy", "standStill", "leaveAndBlock", "leaveNamelessAndBlock"])(
    "ends code that does not stop, after the grace and not before: %s",
    async (action) => {
      const clock = new ManualClock();
      const manual = new ProcessRunner({ clock });
      const folder = aFolder();
      const controller = new AbortController();
      const begun = Promise.withResolvers<void>();
      const attempt = await anAttempt("alone", action, {
        signal: controller.signal,
        progress: () => begun.resolve(),
      });
      const ended = manual.run({ ...attempt, parameters: { folder } });
      const children = action.startsWith("leave") ? await childrenIn(folder) : [];
      if (children.length === 0) await begun.promise;
      controller.abort(enough);
      clock.advance(CANCEL_GRACE_MS - 1);
      // Of programs that were started only those end at once that heed being told to.
      if (children.length === 0) {
        const first = await Promise.race([ended, run("echo").then(() => "still there")]);
        expect(first).toBe("still there");
      }
      clock.advance(1);
      expect(await ended).toMatchObject(bad({}));
      expect(children.some(isRunning)).toBe(false);
      expect(clock.pending).toBe(0);
    },
  );

  it("does not start what was aborted before", async () => {
    const attempt = await anAttempt("alone", "echo", { signal: AbortSignal.abort(enough) });
    expect(await runner.run(attempt)).toMatchObject(bad({ message: "enough", code: "CANCELLED" }));
  });

  it("ends what runs when it is closed", async () => {
    const closing = new ProcessRunner();
    const begun = Promise.withResolvers<void>();
    const busy = closing.run(await anAttempt("alone", "busy", { progress: () => begun.resolve() }));
    await begun.promise;
    await closing.close();
    expect(await busy).toMatchObject(bad({ code: "EXITED_WITHOUT_RESULT" }));
  });

  it("takes children and grandchildren along when the engine is killed, also out of a native call", async () => {
    const folder = aFolder();
    const engine = spawn(
      process.execPath,
      [...process.execArgv, join(import.meta.dirname, "..", "test", "fixtures", "engine.ts"), folder],
      { stdio: "ignore" },
    );
    const children = await childrenIn(folder);
    expect(children.map(isRunning)).toEqual([true, true]);
    const parent = parentOf(children[0] ?? 0);
    engine.kill("SIGKILL");
    await untilGone([...children, parent]);
  });

  it("gives a child few variables of the environment, and those that it is told to", async () => {
    process.env["ORCH_TEST_SECRET"] = "s3cret";
    try {
      const names = ["PATH", "ORCH_TEST_SECRET"];
      expect(await run("environment", { names })).toMatchObject({ value: ["PATH"] });
      const open = new ProcessRunner({ env: ["ORCH_TEST_SECRET"] });
      expect(await run("environment", { names }, open)).toMatchObject({ value: names });
    } finally {
      delete process.env["ORCH_TEST_SECRET"];
    }
  });

  it("logs what a child prints, long lines in parts", async () => {
    const lines: string[] = [];
    const take = (level: string) => (line: string) =>
      lines.push(`${level} ${line.length > 50 ? line.length : line}`);
    const logger = { ...noopLogger, info: take("info"), warn: take("warn") };
    expect(await runner.run(await anAttempt("alone", "print", { logger }))).toMatchObject({
      value: "printed",
    });
    expect(lines.filter((line) => line.startsWith("info"))).toEqual([
      "info on the way out",
      "info and again",
    ]);
    const parts = lines.filter((line) => line.startsWith("warn")).map((line) => Number(line.slice(5)));
    expect(parts.reduce((sum, length) => sum + length, 0)).toBe(100_000);
    expect(Math.max(...parts)).toBeLessThan(200_000);
  });

  it("measures processor time and peak memory", async () => {
    const outcome = await run("work");
    expect(outcome).toMatchObject({ ok: true, value: 30_000 });
    expect(outcome.usage?.cpuMs).toBeGreaterThan(0);
    expect(outcome.usage?.peakBytes).toBeGreaterThan(20 * 1024 * 1024);
  });
});

/** Field 4 of /proc/<pid>/stat. */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
