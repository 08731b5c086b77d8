import type { JsonObject } from "@orch/core";
import { afterAll, describe, expect, it } from "vitest";
import { ProcessRunner } from "../src/process-runner.ts";
import { WorkerRunner } from "../src/worker-runner.ts";
import { aForgery, anAttempt } from "./attempt.ts";
import { aFolder, childrenIn } from "./left.ts";
import { isRunning } from "./processes.ts";

const processes = new ProcessRunner({ memoryMb: 256 });
const threads = new WorkerRunner({ threads: 1 });
afterAll(() => Promise.all([processes.close(), threads.close()]));

const refused = {
  ok: false,
  failure: { code: "WORKER_CRASHED", message: expect.stringContaining("what it sent is no message") },
};

describe("a process that sends what is no message", () => {
  const says = (text: string, times = 1) => ({ text, times });
  it.each<[kind: string, action: string, parameters: JsonObject]>([
    ["bytes", "garble", { bytes: [0, 0, 0, 5, 1, 2, 3, 4, 5] }],
    ["an encoding of V8", "garble", { bytes: [4, 0, 0, 0, 255, 13, 48, 1] }],
    ["nothing", "say", says("")],
    ["null", "say", says("null")],
    ["a level", "say", says('{"type":"log","level":"nope","message":"","fields":{}}')],
    ["no outcome", "say", says('{"type":"ended","outcome":null}')],
    ["a result", "say", says('{"type":"ended","outcome":{"ok":true,"value":-0}}')],
    ["no processes", "say", says('{"type":"leaves","left":null}')],
    ["brackets", "say", says("[".repeat(10_000_000))],
    ["too many asks", "say", says('{"type":"ask","what":"results"}', 10)],
  ])("fails, and is ended with all that it started, while others go on: %s", async (_, action, what) => {
    const folder = aFolder();
    const controller = new AbortController();
    const other = processes.run(await anAttempt("naughty", "wait", { signal: controller.signal }));
    const outcome = await processes.run(await aForgery(action, { ...what, folder }));
    expect(outcome).toMatchObject(refused);
    expect((await childrenIn(folder)).filter(isRunning)).toEqual([]);
    controller.abort(Object.assign(new Error("enough"), { code: "CANCELLED" }));
    expect(await other).toMatchObject({ ok: false, failure: { code: "CANCELLED" } });
  });
});

describe("a thread that sends what is no message", () => {
  const kinds = ["null", "text", "bigint", "circle", "noTime", "empty", "noOutcome", "noType"];
  it.each([...kinds, "level", "fields", "ready"])("fails its own attempt: %s", async (kind) => {
    expect(await threads.run(await aForgery("patch", { kind }))).toMatchObject(refused);
    expect(await threads.run(await anAttempt("naughty", "echo"))).toMatchObject({ ok: true });
  });

  it("fails its own attempt when it sends that to the pool", async () => {
    expect(await threads.run(await aForgery("tellPool", {}))).toMatchObject(refused);
    expect(await threads.run(await anAttempt("naughty", "echo"))).toMatchObject({ ok: true });
  });
});
