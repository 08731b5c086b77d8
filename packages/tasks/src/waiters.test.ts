import { OrchestrationError } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { Waiters } from "./waiters.ts";

describe("Waiters", () => {
  it("resolves when all have ended, in whatever order, and keeps no timer", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const both = waiters.wait(["a", "b"], clock, 100);
    waiters.ended("b");
    expect(waiters.size).toBe(1);
    waiters.ended("a");
    expect([await both, waiters.size, clock.pending]).toEqual([true, 0, 0]);
  });

  it("resolves false at the timeout and forgets who waited", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const late = waiters.wait(["a"], clock, 100);
    clock.advance(100);
    expect([await late, waiters.size]).toEqual([false, 0]);
    waiters.ended("a");
  });

  it("rejects those who wait and those who come later, but not those who wait for nothing", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const error = new OrchestrationError("over");
    const before = expect(waiters.wait(["a"], clock)).rejects.toBe(error);
    waiters.fail(error);
    await before;
    await expect(waiters.wait(["a"], clock)).rejects.toBe(error);
    expect(await waiters.wait([], clock)).toBe(true);
  });
});
