import { OrchestrationError } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { type Awaited, Waiters } from "./waiters.ts";

const task = (): Awaited => ({ waiters: null });

describe("Waiters", () => {
  it("resolves when all have ended, in whatever order, and keeps no timer", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const [a, b] = [task(), task()];
    const both = waiters.wait([a, b], clock, 100);
    waiters.ended(b);
    expect(waiters.size).toBe(1);
    waiters.ended(a);
    expect([await both, waiters.size, clock.pending]).toEqual([true, 0, 0]);
  });

  it("resolves false at the timeout and forgets who waited", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const a = task();
    const late = waiters.wait([a], clock, 100);
    clock.advance(100);
    expect([await late, waiters.size, a.waiters]).toEqual([false, 0, null]);
    waiters.ended(a);
  });

  it("tells everybody who waits for a task, but for those who gave up before", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const [a, b] = [task(), task()];
    const waits = [
      waiters.wait([a], clock),
      waiters.wait([a, b], clock, 100),
      waiters.wait([a, b], clock),
      waiters.wait([a], clock),
    ];
    clock.advance(100);
    waiters.ended(a);
    waiters.ended(b);
    expect([await Promise.all(waits), waiters.size]).toEqual([[true, false, true, true], 0]);
  });

  it("tells all who wait that it is in vain", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const a = task();
    const waits = [waiters.wait([a, task()], clock), waiters.wait([a], clock)];
    waiters.giveUp();
    expect([await Promise.all(waits), waiters.size, a.waiters]).toEqual([[false, false], 0, null]);
  });

  it("waits for what is known by its id alone, together with what is there, and forgets the id", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const a = task();
    const both = waiters.wait([a, "b"], clock);
    const late = waiters.wait(["b", "c"], clock, 100);
    waiters.ended("b");
    waiters.ended("unknown");
    waiters.ended(a);
    expect([await both, waiters.hasNamed]).toEqual([true, true]);
    clock.advance(100);
    expect([await late, waiters.size, waiters.hasNamed]).toEqual([false, 0, false]);
  });

  it("rejects those who wait and those who come later, but not those who wait for nothing", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const error = new OrchestrationError("over");
    const before = expect(waiters.wait([task()], clock)).rejects.toBe(error);
    waiters.fail(error);
    await before;
    await expect(waiters.wait([task()], clock)).rejects.toBe(error);
    expect(await waiters.wait([], clock)).toBe(true);
  });
});
