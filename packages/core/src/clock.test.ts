import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromIso, isDate, sleep, systemClock, toDate, toIso } from "./clock.ts";
import { ManualClock } from "./manual-clock.ts";

describe("systemClock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("tells wall and monotonic time in milliseconds", () => {
    const [wall, monotonic] = [systemClock.now(), systemClock.monotonic()];
    vi.advanceTimersByTime(1500);
    expect([systemClock.now() - wall, systemClock.monotonic() - monotonic]).toEqual([1500, 1500]);
  });

  it("tells a clock of the machine that another process would read alike", () => {
    const machine = systemClock.machine?.() ?? null;
    expect(machine !== null).toBe(process.platform === "linux");
    if (machine === null) return;
    vi.useRealTimers();
    const [here, again] = [systemClock.machine?.(), systemClock.machine?.()];
    expect(again?.boot).toBe(here?.boot);
    expect(Math.abs((again?.aheadMs ?? 0) - (here?.aheadMs ?? 0))).toBeLessThan(1000);
  });

  it("fires once after the delay, never at once, and not after the undo", () => {
    const fired: string[] = [];
    systemClock.setTimer(() => fired.push("late"), 100);
    systemClock.setTimer(() => fired.push("past"), -5);
    const undo = systemClock.setTimer(() => fired.push("undone"), 50);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(99);
    expect(fired).toEqual(["past", "undone"]);
    undo();
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual(["past", "undone", "late"]);
  });

  it("chains a delay that is longer than a timer of the platform, and undoes any link of the chain", () => {
    const days40 = 40 * 24 * 3600 * 1000;
    let fired = 0;
    systemClock.setTimer(() => fired++, days40);
    const undo = systemClock.setTimer(() => fired++, days40);
    vi.advanceTimersByTime(days40 - 1);
    expect(fired).toBe(0);
    undo();
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits on when the platform fires too early", () => {
    let fired = 0;
    const [seconds, nanoseconds] = process.hrtime();
    systemClock.setTimer(() => fired++, 10);
    const clock = vi.spyOn(process, "hrtime").mockReturnValue([seconds, nanoseconds + 9.6e6]);
    vi.advanceTimersByTime(10);
    expect(fired).toBe(0);
    clock.mockReturnValue([seconds, nanoseconds + 10.1e6]);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    clock.mockRestore();
  });
});

describe("ISO-8601", () => {
  it("writes UTC with an explicit offset", () => {
    expect(toIso(Date.UTC(2026, 1, 3, 4, 5, 6, 7))).toBe("2026-02-03T04:05:06.007+00:00");
  });

  it("reads back every instant that it writes", () => {
    const instants = fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 11, 31) });
    fc.assert(fc.property(instants, (epochMs) => fromIso(toIso(epochMs)) === epochMs));
  });

  it.each([
    ["2026-02-03", Date.UTC(2026, 1, 3)],
    ["2026-02-03T04:05", Date.UTC(2026, 1, 3, 4, 5)],
    ["2026-02-03 04:05:06.123456", Date.UTC(2026, 1, 3, 4, 5, 6, 123)],
    ["2026-02-03T04:05:06,5Z", Date.UTC(2026, 1, 3, 4, 5, 6, 500)],
    ["2026-02-03T04:05:06+02:00", Date.UTC(2026, 1, 3, 2, 5, 6)],
    ["2026-02-03T04:05:06-0130", Date.UTC(2026, 1, 3, 5, 35, 6)],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
  ])("reads %s", (text, epochMs) => expect(fromIso(text)).toBe(epochMs));

  it.each([
    "",
    "soon",
    "1",
    "March 7",
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-02-03T25:00",
    "2026-02-03T04:05:06+0",
    "20260203",
  ])("refuses %j", (text) => expect(fromIso(text)).toBeNull());

  it("tells a Date from what only looks like one", () => {
    expect([isDate(toDate(0)), isDate({ getTime: () => 0 }), isDate(null)]).toEqual([true, false, false]);
  });
});

describe("sleep", () => {
  it("resolves when the clock has moved on by the delay", async () => {
    const clock = new ManualClock();
    let awake = false;
    const slept = sleep(100, { clock }).then(() => {
      awake = true;
    });
    clock.advance(99);
    await Promise.resolve();
    expect(awake).toBe(false);
    clock.advance(1);
    await slept;
    expect(awake).toBe(true);
  });

  it("rejects with the reason of its signal, before or while it waits, and leaves no timer", async () => {
    const clock = new ManualClock();
    const reason = new Error("enough");
    await expect(sleep(100, { clock, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const slept = sleep(100, { clock, signal: controller.signal });
    expect(clock.pending).toBe(1);
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it("takes the system's clock unless another is given", async () => {
    await expect(sleep(0)).resolves.toBeUndefined();
  });
});
