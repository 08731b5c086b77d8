import { existsSync, mkdtempSync, readlinkSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noopLogger } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { anAttempt } from "../test/attempt.ts";
import { inlineRunner } from "./inline-runner.ts";
import { ProcessRunner } from "./process-runner.ts";
import type { Runner } from "./runner.ts";
import { Runners, type RunnersOptions } from "./runners.ts";
import { CANCEL_GRACE_MS, WorkerRunner } from "./worker-runner.ts";

const shared = new WorkerRunner({ threads: 2 });
const processes = new ProcessRunner();
afterAll(() => shared.close());

const bad = (failure: object) => ({ ok: false, failure });
const notJson = (path: string) =>
  bad({ code: "RESULT_NOT_SERIALIZABLE", retryable: false, details: { path } });

describe.each<[string, Runner]>([
  ["inline", inlineRunner],
  ["worker", shared],
  ["process", processes],
])("an attempt run %s", (_name, runner) => {
  it.each<[string, object]>([
    ["echo", { ok: true, value: { text: "hi" } }],
    ["returnUndefined", { ok: true, value: null }],
    ["resolveThenThrow", { ok: true, value: "first" }],
    ["throwUndefined", bad({ code: "TASK_EXECUTION_FAILED", type: "undefined", retryable: true })],
    ["throwNull", bad({ code: "TASK_EXECUTION_FAILED", type: "null" })],
    ["throwBent", bad({ message: "bent", type: "Bent" })],
    ["throwText", bad({ message: "a text", type: "string" })],
    ["throwProxy", bad({ code: "TASK_EXECUTION_FAILED" })],
    ["throwBadGetters", bad({ message: "bad getters", code: "TASK_EXECUTION_FAILED", suggestions: [] })],
    [
      "throwCoded",
      bad({ message: "no", code: "NOT_NOW", retryable: false, details: { a: 1 }, suggestions: ["wait"] }),
    ],
    ["rejectLater", bad({ message: "late", type: "TypeError" })],
    ["returnFunction", notJson("/list/1")],
    ["returnNaN", notJson("/a~1b")],
    ["returnMinusZero", notJson("")],
    ["returnDate", notJson("")],
    ["returnMap", notJson("")],
    ["returnBigInt", notJson("/big")],
    ["returnCycle", notJson("/self")],
    ["returnProxy", notJson("")],
    ["returnHuge", bad({ code: "RESULT_TOO_LARGE", retryable: false })],
  ])("that is %s ends as it should", async (action, outcome) => {
    expect(await runner.run(await anAttempt("naughty", action))).toMatchObject(outcome);
  });

  it("stops when it is asked to and looks at its signal", async () => {
    const controller = new AbortController();
    const run = runner.run(await anAttempt("naughty", "wait", { signal: controller.signal }));
    controller.abort(Object.assign(new Error("enough"), { code: "CANCELLED" }));
    expect(await run).toMatchObject(bad({ message: "enough" }));
  });

  it("passes on what the code logs and how far it is", async () => {
    const said: unknown[] = [];
    const logger = { ...noopLogger, info: (message: string) => said.push(message) };
    const progress = (fraction: number, text?: string) => said.push([fraction, text]);
    expect(await runner.run(await anAttempt("naughty", "talk", { logger, progress }))).toMatchObject({
      value: "said",
    });
    expect(said).toEqual(["hello", [0.25, "a quarter"]]);
  });
});

describe("WorkerRunner", () => {
  it.each<[string, object]>([
    ["exit0", { code: "EXITED_WITHOUT_RESULT", retryable: true }],
    ["exit3", { code: "EXITED_WITHOUT_RESULT", retryable: true }],
    ["crash", { code: "WORKER_CRASHED", retryable: true }],
  ])("fails only the attempt that does %s, and goes on", async (action, failure) => {
    await using runner = closing(new WorkerRunner({ threads: 1 }));
    const runs = [action, "echo", action, "echo"].map(async (each) =>
      runner.run(await anAttempt("naughty", each)),
    );
    const good = { ok: true, value: { text: "hi" } };
    expect(await Promise.all(runs)).toMatchObject([bad(failure), good, bad(failure), good]);
  });

  it("keeps a thread that has returned", async () => {
    await using runner = closing(new WorkerRunner({ threads: 1 }));
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await runner.run(await anAttempt("naughty", "thread")));
    expect(new Set(ids.map((outcome) => outcome.ok && outcome.value)).size).toBe(1);
  });

  it.each([
    ["crashAfterwards", { value: "done" }],
    ["crashLater", { value: "done" }],
    ["exitLater", { value: "done" }],
    // So soon that its result is not heard any more.
    ["crashNext", {}],
  ])("keeps what %s has left in a thread from the next attempt", async (action, outcome) => {
    await using runner = closing(new WorkerRunner({ threads: 1 }));
    for (let round = 0; round < 5; round++) {
      const [guilty, innocent] = await Promise.all([
        anAttempt("naughty", action).then((attempt) => runner.run(attempt)),
        anAttempt("naughty", "takeTurns").then((attempt) => runner.run(attempt)),
      ]);
      expect([guilty, innocent]).toMatchObject([outcome, { value: "innocent" }]);
    }
  });

  it.runIf(process.platform === "linux")("hears what a thread has said before that it is gone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-unheard-"));
    await using runner = closing(new WorkerRunner({ threads: 1 }));
    // Stands still from a turn in which nothing was said until the thread is gone: both come in one.
    const watcher = watch(folder, () => {
      watcher.close();
      const thread = readlinkSync(join(folder, "thread"));
      writeFileSync(join(folder, "go"), "");
      for (let look = 0; look < 1e6 && existsSync(join("/proc", thread)); look++);
    });
    try {
      const attempt = { ...(await anAttempt("naughty", "exitUnheard")), parameters: { folder } };
      const unheard = runner.run(attempt);
      const next = anAttempt("naughty", "takeTurns").then((innocent) => runner.run(innocent));
      expect(await unheard).toMatchObject({ value: "done" });
      expect(await next).toMatchObject({ value: "innocent" });
    } finally {
      watcher.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("ends the thread of code that does not stop after the grace, not before, and runs what waited for it", async () => {
    const clock = new ManualClock();
    await using runner = closing(new WorkerRunner({ threads: 1, cancelGraceMs: 300, clock }));
    const controller = new AbortController();
    const begun = Promise.withResolvers<void>();
    const busy = runner.run(
      await anAttempt("naughty", "busy", { signal: controller.signal, progress: () => begun.resolve() }),
    );
    await begun.promise;
    const waiting = runner.run(await anAttempt("naughty", "echo"));
    controller.abort(Object.assign(new Error("enough"), { code: "CANCELLED" }));
    clock.advance(299);
    const first = await Promise.race([busy, anAttempt("naughty", "echo").then(() => "still busy")]);
    expect(first).toBe("still busy");
    clock.advance(1);
    expect(await busy).toMatchObject(bad({ code: "CANCELLED" }));
    expect(await waiting).toMatchObject({ ok: true });
    expect(clock.pending).toBe(0);
  });

  it("has no outcome of an ended thread before the native call that it is in has ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-block-"));
    const clock = new ManualClock();
    await using runner = closing(new WorkerRunner({ threads: 1, clock }));
    const controller = new AbortController();
    const context = { signal: controller.signal };
    const events: string[] = [];
    try {
      const attempt = { ...(await anAttempt("naughty", "block", context)), parameters: { folder } };
      const blocked = runner.run(attempt).then((outcome) => {
        events.push(existsSync(join(folder, "ended")) ? "outcome" : "outcome before the end");
        return outcome;
      });
      while (!existsSync(join(folder, "begun"))) await new Promise(setImmediate);
      const next = runner.run(await anAttempt("naughty", "echo")).then(() => events.push("next"));
      controller.abort(Object.assign(new Error("enough"), { code: "CANCELLED" }));
      clock.advance(CANCEL_GRACE_MS);
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      events.push("let go");
      writeFileSync(join(folder, "go"), "");
      expect(await blocked).toMatchObject(bad({ code: "CANCELLED" }));
      await next;
      expect(events).toEqual(["let go", "outcome", "next"]);
      expect(clock.pending).toBe(0);
    } finally {
      writeFileSync(join(folder, "go"), "");
      await runner.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("lets an attempt go that is ended before it has a thread, and runs the next", async () => {
    const clock = new ManualClock();
    await using runner = closing(new WorkerRunner({ threads: 1, clock }));
    const controller = new AbortController();
    const attempt = await anAttempt("naughty", "busy", { signal: controller.signal });
    const early = runner.run(attempt);
    controller.abort(new Error("not any more"));
    while (clock.pending === 0) await new Promise(setImmediate);
    clock.advance(CANCEL_GRACE_MS);
    expect(await early).toMatchObject(bad({ message: "not any more" }));
    expect(await runner.run(await anAttempt("naughty", "echo"))).toMatchObject({ ok: true });
    expect(clock.pending).toBe(0);
  });

  it("lets an attempt go at once that is aborted while it waits for a thread", async () => {
    const clock = new ManualClock();
    const runner = new WorkerRunner({ threads: 1, clock });
    const begun = Promise.withResolvers<void>();
    const busy = runner.run(await anAttempt("naughty", "busy", { progress: () => begun.resolve() }));
    await begun.promise;
    const controller = new AbortController();
    const waiting = runner.run(await anAttempt("naughty", "echo", { signal: controller.signal }));
    controller.abort(new Error("not any more"));
    expect(await waiting).toMatchObject(bad({ message: "not any more" }));
    await runner.close();
    expect(await busy).toMatchObject({ ok: false });
  });

  it("says so when an attempt runs out of memory, and does not try again", async () => {
    await using runner = closing(new WorkerRunner({ threads: 1, heapMb: 32 }));
    expect(await runner.run(await anAttempt("naughty", "exhaust"))).toMatchObject(
      bad({ code: "OUT_OF_MEMORY", retryable: false }),
    );
    expect(await runner.run(await anAttempt("naughty", "echo"))).toMatchObject({ ok: true });
  });

  it("closes twice, and before it was ever used", async () => {
    const runner = new WorkerRunner();
    await runner.close();
    await runner.close();
  });
});

const closing = (runner: WorkerRunner) =>
  Object.assign(runner, { [Symbol.asyncDispose]: () => runner.close() });

it.each([
  [{ threads: 0 }, "runners.threads must be a whole number from 1, was 0"],
  ...[0.5, 1, 15, Number.NaN, Number.POSITIVE_INFINITY].map((threadHeapMb): [RunnersOptions, string] => [
    { threadHeapMb },
    `runners.threadHeapMb must be a whole number from 16, MiB, was ${threadHeapMb}`,
  ]),
  [{ processMemoryMb: 8 }, "16 MiB or more"],
  [{ processEnv: "PATH" }, "runners.processEnv"],
  [{ cancelGraceMs: -1 }, "runners.cancelGraceMs"],
  [{ thread: 2 }, "'thread'"],
  [{ processMemoryMB: 64 }, "'processMemoryMB'"],
] as [RunnersOptions, string][])("runners with %j are refused", (options, message) => {
  expect(() => new Runners(options)).toThrow(
    expect.objectContaining({ code: "INVALID_PARAMETERS", message: expect.stringContaining(message) }),
  );
});

it("says which option of runners was meant, and leaves alone what looks like none", () => {
  const meant = (options: object) => {
    try {
      return new Runners(options);
    } catch (error) {
      return error;
    }
  };
  expect(meant({ thread: 2 })).toMatchObject({ suggestions: [expect.stringContaining("'threads'")] });
  expect(meant({ processMemoryMB: 64 })).toMatchObject({
    suggestions: [expect.stringMatching(/^Did you mean 'processMemoryMb'/)],
  });
  expect(meant({ nope: 1 })).toBeInstanceOf(Runners);
});

it("a thread is refused less heap than it can start with: V8 would end the process", async () => {
  expect(() => new WorkerRunner({ heapMb: 15 })).toThrow(
    expect.objectContaining({ code: "INVALID_PARAMETERS", message: expect.stringContaining("heapMb") }),
  );
  await using runner = closing(new WorkerRunner({ threads: 1, heapMb: 16 }));
  expect(await runner.run(await anAttempt("naughty", "echo"))).toMatchObject({ ok: true });
});
