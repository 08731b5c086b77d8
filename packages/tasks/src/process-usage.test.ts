import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { aForgery, anAttempt } from "../test/attempt.ts";
import { ProcessRunner } from "./process-runner.ts";
import { peakOf, usageOf } from "./process-usage.ts";
import { CANCEL_GRACE_MS } from "./worker-runner.ts";

const MIB = 1024 * 1024;
const used = { cpuMs: expect.any(Number), peakBytes: expect.any(Number) };

describe.runIf(process.platform === "linux")("usage of a process", () => {
  it("is what the system tells of it", () => {
    const { user, system } = process.cpuUsage();
    const { cpuMs = 0, peakBytes = 0 } = usageOf(process.pid) ?? {};
    // The system counts in steps.
    expect(cpuMs).toBeGreaterThan(0);
    expect(cpuMs).toBeLessThan((user + system) / 1000 + 1000);
    expect(peakBytes).toBeGreaterThan(20 * MIB);
  });

  it("is null of a process that is not there", () => {
    expect([usageOf(0), peakOf(0)]).toEqual([null, null]);
  });

  it.each(["exit0", "exit3", "crash", "throwText"])(
    "is told by one that ends by itself: %s",
    async (action) => {
      const { usage } = await new ProcessRunner().run(await anAttempt("alone", action));
      expect(usage).toEqual(used);
      expect(usage?.peakBytes).toBeGreaterThan(20 * MIB);
    },
  );

  it("is read of one that is killed, as it was then", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const begun = Promise.withResolvers<void>();
    const context = { signal: controller.signal, progress: () => begun.resolve() };
    const ended = new ProcessRunner({ clock }).run(await aForgery("busy", {}, context));
    await begun.promise;
    controller.abort(new Error("enough"));
    clock.advance(CANCEL_GRACE_MS);
    const { usage } = await ended;
    expect(usage?.cpuMs).toBeGreaterThan(0);
    expect(usage?.peakBytes).toBeGreaterThan(20 * MIB);
  });

  it.each(["exhaust", "killItself", "abortItself"])(
    "is read of one that ends without a word, as far as the system tells: %s",
    async (action) => {
      const { usage } = await new ProcessRunner({ memoryMb: 64 }).run(await anAttempt("alone", action));
      expect(usage?.cpuMs).toBeGreaterThan(0);
      expect(usage?.peakBytes).toBeGreaterThanOrEqual(0);
    },
  );

  it("knows the memory of one that has run out of it, unless it was gone before anybody looked", async () => {
    let known = 0;
    for (let round = 0; round < 10 && known === 0; round++) {
      const { usage } = await new ProcessRunner({ memoryMb: 64 }).run(await anAttempt("alone", "exhaust"));
      known = usage?.peakBytes ?? 0;
    }
    expect(known).toBeGreaterThan(20 * MIB);
  });

  it("is none of the engine's", async () => {
    const kept = Buffer.alloc(400 * MIB, 1);
    const { usage } = await new ProcessRunner().run(await anAttempt("alone", "echo"));
    expect(usage?.peakBytes).toBeLessThan(kept.byteLength);
  });
});
