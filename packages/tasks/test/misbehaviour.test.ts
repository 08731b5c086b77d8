import { noopLogger } from "@orch/core";
import { afterAll, describe, expect, it } from "vitest";
import { inlineRunner } from "../src/inline-runner.ts";
import { ProcessRunner } from "../src/process-runner.ts";
import type { Runner } from "../src/runner.ts";
import { WorkerRunner } from "../src/worker-runner.ts";
import { anAttempt } from "./attempt.ts";
import { held } from "./processes.ts";

const threads = new WorkerRunner({ threads: 1, heapMb: 256 });
const processes = new ProcessRunner({ memoryMb: 256 });
afterAll(() => Promise.all([threads.close(), processes.close()]));

const runners: [string, Runner][] = [
  ["inline", inlineRunner],
  ["worker", threads],
  ["process", processes],
];
const notJson = { code: "RESULT_NOT_SERIALIZABLE", retryable: false };
const thrown = { code: "TASK_EXECUTION_FAILED", retryable: true };
const lost = { code: "EXITED_WITHOUT_RESULT", retryable: true };

/** What an action does, and the failure of its attempt; null: it completes. */
const table: [action: string, failure: object | null][] = [
  ["echo", null],
  ["returnLarge", null],
  ["resolveThenThrow", null],
  ["throwUndefined", thrown],
  ["throwNull", thrown],
  ["throwProxy", thrown],
  ["throwBadGetters", thrown],
  ["rejectLater", thrown],
  ["throwCoded", { code: "NOT_NOW", retryable: false, details: { a: 1 }, suggestions: ["wait"] }],
  ["returnFunction", notJson],
  ["returnNaN", notJson],
  ["returnMinusZero", notJson],
  ["returnDate", notJson],
  ["returnMap", notJson],
  ["returnBigInt", notJson],
  ["returnCycle", notJson],
  ["returnProxy", notJson],
  ["returnHuge", { code: "RESULT_TOO_LARGE", retryable: false }],
];
/** What would end the tests, were it done inline. */
const apart: [action: string, failure: object | null][] = [
  ["exit0", lost],
  ["exit3", lost],
  ["crash", { code: "WORKER_CRASHED", retryable: true }],
  ["exhaust", { code: "OUT_OF_MEMORY", retryable: false }],
  ["longLines", null],
  ["work", null],
];

describe.each(runners)("what an action does wrong %s", (isolation, runner) => {
  it("fails its own attempt with the code of what happened, each time", async () => {
    const cases = isolation === "inline" ? table : [...table, ...apart];
    for (const [action, failure] of cases) {
      const outcome = await runner.run(await anAttempt("naughty", action));
      expect([action, outcome]).toMatchObject([
        action,
        failure === null ? { ok: true } : { ok: false, failure },
      ]);
    }
  });

  it.skipIf(isolation === "inline")("says what it died of when that is no error", async () => {
    for (const [action, value] of Object.entries({ crashOfNull: "null", crashOfUndefined: "undefined" })) {
      const message = expect.stringMatching(
        new RegExp(`died: A value that is no error was thrown: ${value}$`),
      );
      const outcome = await runner.run(await anAttempt("naughty", action));
      expect(outcome).toMatchObject({ ok: false, failure: { code: "WORKER_CRASHED", message } });
    }
  });

  it.skipIf(isolation === "inline")("says that a file cannot be loaded where it runs", async () => {
    const attempt = await anAttempt("naughty", "echo");
    const file = new URL("./fixtures/modules/unloadable.ts", import.meta.url);
    const outcome = await runner.run({ ...attempt, resolved: { ...attempt.resolved, file } });
    expect(outcome).toMatchObject({ ok: false, failure: { code: "MODULE_LOAD_FAILED", retryable: false } });
  });

  it("ends where it is told to, when it would never end by itself but looks at its signal", async () => {
    const controller = new AbortController();
    const begun = Promise.withResolvers<void>();
    const context = { signal: controller.signal, progress: () => begun.resolve() };
    const ended = runner.run(await anAttempt("naughty", "wait", context));
    await begun.promise;
    controller.abort(Object.assign(new Error("enough"), { code: "CANCELLED" }));
    expect(await ended).toMatchObject({ ok: false, failure: { message: "enough", code: "CANCELLED" } });
  });

  it.skipIf(isolation === "inline")("cuts what it logs, and says so", async () => {
    const lines: string[] = [];
    const take = (line: string) => lines.push(line);
    const logger = { ...noopLogger, info: take, warn: take };
    await runner.run(await anAttempt("naughty", "longLines", { logger }));
    expect(lines[0]).toMatch(/^x{65536}… \(10485760 characters\)$/);
    expect(lines.at(-1)).toMatch(/longer than 10485760 characters/);
    const total = lines.reduce((sum, line) => sum + line.length, 0);
    expect(total).toBeGreaterThan(9 * 1024 * 1024);
    expect(total).toBeLessThan(11 * 1024 * 1024);
  });

  it("sends of a context what may be large only when it is looked at", async () => {
    let made = 0;
    const results = () => {
      made++;
      return { before: [1, 2] };
    };
    const context = { parameters: { all: true }, history: [{ did: "it" }] };
    const lookAt = async (action: string) => {
      const attempt = await anAttempt("naughty", action, context);
      Object.defineProperty(attempt.context, "results", { get: results });
      return runner.run(attempt);
    };
    await lookAt("echo");
    expect(made).toBe(0);
    expect(await lookAt("lookBack")).toMatchObject({ value: { results: { before: [1, 2] }, ...context } });
    expect(made).toBe(1);
  });

  it("measures what it can, and claims nothing else", async () => {
    const { usage } = await runner.run(await anAttempt("naughty", "work"));
    if (isolation === "inline") expect(usage).toBeUndefined();
    else expect(usage?.cpuMs).toBeGreaterThan(0);
    expect((usage?.peakBytes ?? 0) > 0).toBe(isolation === "process");
  });
});

it("leaves no process, thread or file open behind, however attempts ended", async () => {
  const all = async (rounds: number) => {
    const [worker, child] = [
      new WorkerRunner({ threads: 2, heapMb: 64 }),
      new ProcessRunner({ memoryMb: 64 }),
    ];
    for (let round = 0; round < rounds; round++)
      for (const runner of [worker, child])
        for (const action of ["echo", "exit0", "crash", "exhaust", "returnCycle"])
          await runner.run(await anAttempt("naughty", action));
    await Promise.all([worker.close(), child.close()]);
  };
  // Once before it counts: the first thread and the first child open what stays.
  await all(1);
  const before = held();
  await all(2);
  const after = held();
  expect(after.children).toBe(before.children);
  expect(after.files).toBeLessThanOrEqual(before.files);
  expect(after.threads).toBeLessThanOrEqual(before.threads);
});
