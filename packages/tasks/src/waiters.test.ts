import { OrchestrationError } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { type Waitable, Waiters } from "./waiters.ts";

const task = (): Waitable => ({ waiters: null });

describe("Waiters", () => {
  it("resolves when all have ended, in whatever order, and keeps no timer", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const [a, b] = [task(), task()];
    const both = waiters.waitFor([a, b], clock, 100);
    waiters.endedHere(b);
    expect(waiters.size).toBe(1);
    waiters.endedHere(a);
    expect([await both, waiters.size, clock.pending]).toEqual([true, 0, 0]);
  });

  it("resolves false at the timeout and forgets who waited", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const a = task();
    const late = waiters.waitFor([a], clock, 100);
    clock.advance(100);
    expect([await late, waiters.size, a.waiters]).toEqual([false, 0, null]);
    waiters.endedHere(a);
  });

  it("tells everybody who waits for a task, but for those who gave up before", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const [a, b] = [task(), task()];
    const waits = [
      waiters.waitFor([a], clock),
      waiters.waitFor([a, b], clock, 100),
      waiters.waitFor([a, b], clock),
      waiters.waitFor([a], clock),
    ];
    clock.advance(100);
    waiters.endedHere(a);
    waiters.endedHere(b);
    expect([await Promise.all(waits), waiters.size]).toEqual([[true, false, true, true], 0]);
  });

  it("tells all who wait that it is in vain", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const a = task();
    const waits = [waiters.waitFor([a, task()], clock), waiters.waitFor([a], clock)];
    waiters.giveUp();
    expect([await Promise.all(waits), waiters.size, a.waiters]).toEqual([[false, false], 0, null]);
  });

  it("waits for what is known by its id alone, together with what is there, and forgets the id", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const a = task();
    const both = waiters.waitFor([a, "b"], clock);
    const late = waiters.wait(["b", "c"], clock, 100);
    waiters.ended("b");
    waiters.ended("unknown");
    waiters.endedHere(a);
    expect([await both, waiters.hasNamed]).toEqual([true, true]);
    clock.advance(100);
    expect([await late, waiters.size, waiters.hasNamed]).toEqual([false, 0, false]);
  });

  it("goes on waiting for an id that ended before and is waited for again, when who waited then gives up", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const early = waiters.wait(["a", "b"], clock, 100);
    waiters.ended("a");
    const later = waiters.wait(["a"], clock);
    clock.advance(100);
    waiters.ended("a");
    expect([waiters.size, waiters.hasNamed]).toEqual([0, false]);
    expect([await early, await later]).toEqual([false, true]);
  });

  it("rejects those who wait and those who come later, but not those who wait for nothing", async () => {
    const [waiters, clock] = [new Waiters(), new ManualClock()];
    const error = new OrchestrationError("over");
    const before = expect(waiters.waitFor([task()], clock)).rejects.toBe(error);
    waiters.fail(error);
    await before;
    await expect(waiters.waitFor([task()], clock)).rejects.toBe(error);
    expect(await waiters.waitFor([], clock)).toBe(true);
  });
});
