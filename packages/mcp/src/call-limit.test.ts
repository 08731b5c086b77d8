import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { CallLimit } from "./call-limit.ts";

const limits = { calls_per_second: 10, burst: 3, at_once: 2 };
const refused = expect.objectContaining({ code: "RATE_LIMITED" });

describe("calls of a caller", () => {
  it("go on at once only so many, others' not counted", () => {
    const limit = new CallLimit(limits, new ManualClock());
    const first = limit.enter("a");
    limit.enter("a");
    expect(() => limit.enter("a")).toThrowError(refused);
    limit.enter("b");
    first[Symbol.dispose]();
    limit.enter("a");
  });

  it("begin only so many a second behind the burst, and say when the next one may", () => {
    const clock = new ManualClock();
    const limit = new CallLimit(limits, clock);
    const call = () => limit.enter("a")[Symbol.dispose]();
    for (let count = 0; count < 3; count++) call();
    expect(call).toThrowError(
      expect.objectContaining({ code: "RATE_LIMITED", details: { retryAfterMs: 100 } }),
    );
    clock.advance(100);
    call();
    expect(call).toThrowError(refused);
  });
});
