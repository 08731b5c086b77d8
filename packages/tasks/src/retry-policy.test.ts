import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure.ts";
import { backoffMs, DEFAULT_RETRY, isRetried } from "./retry-policy.ts";

describe("a retry policy", () => {
  const failure = failureOf(Object.assign(new Error("x"), { code: "NOT_NOW" }));

  it.each([
    ["the retries are used up", { maxRetries: 1 }, failure, 2, false],
    ["one is left", { maxRetries: 1 }, failure, 1, true],
    ["the error is not retryable", {}, { ...failure, retryable: false }, 1, false],
    ["the code is excluded", { notOn: ["NOT_NOW"] }, failure, 1, false],
    ["the code is one of those named", { on: ["NOT_NOW"] }, failure, 1, true],
    ["the code is not one of those named", { on: ["OTHER"] }, failure, 1, false],
  ])("decides rightly when %s", (_when, policy, why, failures, expected) => {
    expect(isRetried({ ...DEFAULT_RETRY, ...policy }, failures, why)).toBe(expected);
  });

  it("keeps each delay between 0 and a bound that doubles up to half a minute", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 60_000 }),
        (retry, chance, delayMs) => {
          const bound = Math.min(30_000, delayMs * 2 ** (retry - 1));
          const delay = backoffMs({ ...DEFAULT_RETRY, delayMs }, retry, chance);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(bound);
          expect(backoffMs({ ...DEFAULT_RETRY, delayMs, jitter: false }, retry, chance)).toBe(bound);
        },
      ),
    );
  });
});
