import { afterAll, describe, expect, it } from "vitest";
import { WorkerRunner } from "../src/worker-runner.ts";
import { aForgery, anAttempt } from "./attempt.ts";

const threads = new WorkerRunner({ threads: 1 });
afterAll(() => threads.close());

const refused = {
  ok: false,
  failure: { code: "WORKER_CRASHED", message: expect.stringContaining("what it sent is no message") },
};

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
