import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.ts";

describe("ManualClock", () => {
  it("stands still until it is moved, from 2026 unless told otherwise", () => {
    const clock = new ManualClock();
    expect([clock.now(), clock.monotonic()]).toEqual([Date.UTC(2026, 0, 1), 0]);
    clock.advance(250);
    clock.advance(-100);
    expect([clock.now(), clock.monotonic()]).toEqual([Date.UTC(2026, 0, 1) + 250, 250]);
    expect(new ManualClock(5).now()).toBe(5);
  });

  it("lets the wall clock jump without touching timers or the monotonic clock", () => {
    const clock = new ManualClock();
    let fired = 0;
    clock.setTimer(() => fired++, 100);
    clock.advance(60);
    clock.jumpTo(0);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([0, 60, 0]);
    clock.advance(40);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([40, 100, 1]);
  });

  it("fires each timer at its own instant, in order of time and then of setting", () => {
    const delays = fc.array(
      fc.oneof(fc.integer({ min: -5, max: 50 }), fc.double({ min: 0, max: 50, noNaN: true })),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(delays, fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 5 }), (all, steps) => {
        const clock = new ManualClock(1000);
        const fired: [index: number, at: number][] = [];
        all.forEach(
          (delay, index) => void clock.setTimer(() => fired.push([index, clock.monotonic()]), delay),
        );
        for (const step of steps) clock.advance(step);
        const due = all.map((delay, index) => [index, Math.max(0, delay)] as const);
        const expected = due
          .filter(([, at]) => at <= clock.monotonic())
          .sort((a, b) => a[1] - b[1] || a[0] - b[0]);
        expect(fired).toEqual(steps.length === 0 ? [] : expected);
        expect(clock.pending).toBe(all.length - fired.length);
      }),
    );
  });

  it("fires timers that timers set, and not those that they undo", () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const undo = clock.setTimer(() => fired.push("undone"), 20);
    clock.setTimer(() => {
      undo();
      clock.setTimer(() => fired.push(`second at ${clock.monotonic()}`), 5);
    }, 10);
    clock.advance(100);
    expect(fired).toEqual(["second at 15"]);
  });

  it("never runs back when a timer advances it", () => {
    const clock = new ManualClock();
    clock.setTimer(() => clock.advance(100), 10);
    clock.advance(20);
    expect(clock.monotonic()).toBe(110);
  });

  it("goes from timer to timer", () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    clock.setTimer(() => fired.push(1), 10);
    clock.setTimer(() => fired.push(2), 10);
    clock.setTimer(() => fired.push(3), 30);
    expect([clock.advanceToNext(), [...fired]]).toEqual([true, [1, 2]]);
    expect([clock.advanceToNext(), clock.advanceToNext(), fired, clock.monotonic()]).toEqual([
      true,
      false,
      [1, 2, 3],
      30,
    ]);
  });
});
