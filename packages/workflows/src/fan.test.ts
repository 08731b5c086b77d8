import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fan, type ItemEnd } from "./fan.ts";

const failure = (message: string) => ({
  message,
  type: "Error",
  code: "TASK_EXECUTION_FAILED",
  details: {},
  suggestions: [],
  retryable: true,
});
const endOf = (index: number, fails: boolean): ItemEnd =>
  fails
    ? { status: "failed", output: null, failure: failure(`no ${index}`) }
    : { status: "completed", output: index * 10, failure: null };

const fans = fc.record({
  fails: fc.array(fc.boolean(), { maxLength: 12 }),
  limit: fc.integer({ min: 1, max: 4 }),
  policy: fc.constantFrom("stop", "cancel", "continue"),
  /** Which of those that are out ends next. */
  picks: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
  /** After how many ends the process dies. */
  crash: fc.nat(12),
});

describe("the items of a foreach step", () => {
  it("are given out once, in order, within the limit, and end as the naive model says, also after a crash at any end", () => {
    let failed = 0;
    fc.assert(
      fc.property(fans, ({ fails, limit, policy, picks, crash }) => {
        const size = fails.length;
        const ended = new Map<number, ItemEnd>();
        let out: number[] = [];
        let fan = new Fan({ size, limit, policy });
        const given: number[] = [];
        for (let turn = 0; !fan.done || out.length > 0; turn++) {
          if (turn === crash) {
            fan = new Fan({ size, limit, policy, ended, inFlight: out.toSorted((a, b) => a - b) });
            out = [];
          }
          for (let next = fan.next(); next !== undefined; next = fan.next()) {
            out.push(next);
            given.push(next);
          }
          expect(out.length).toBeLessThanOrEqual(limit);
          if (fan.cancelled) {
            for (const each of out.splice(0)) fan.ended(each, { ...endOf(each, true), status: "cancelled" });
            break;
          }
          const [index] = out.splice((picks[turn % picks.length] ?? 0) % Math.max(1, out.length), 1);
          if (index === undefined) break;
          ended.set(index, endOf(index, fails[index] ?? false));
          fan.ended(index, endOf(index, fails[index] ?? false));
        }
        expect(fan.done).toBe(true);
        const first = [...ended]
          .filter(([, end]) => end.failure !== null)
          .map(([index]) => index)
          .toSorted((a, b) => a - b)[0];
        const end = fan.end();
        expect([...new Set(given)].toSorted((a, b) => a - b)).toEqual([...new Set(given)]);
        if (first === undefined || policy === "continue") {
          expect(end).toMatchObject({
            status: "completed",
            output: fails.map((each, index) => (each ? null : index * 10)),
          });
          return;
        }
        failed++;
        expect(end).toMatchObject({
          status: "failed",
          failure: { message: `item ${first} failed: no ${first}`, details: { item: first } },
        });
      }),
      { numRuns: 2000 },
    );
    expect(failed).toBeGreaterThan(100);
  });
});
