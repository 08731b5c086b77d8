import { describe, expect, it } from "vitest";
import { assertNever, invariant } from "./assert.ts";

describe("assertNever", () => {
  it.each([
    [{ type: "storm" }, '{"type":"storm"}'],
    [undefined, "undefined"],
    [10n, "a bigint"],
  ])("names %o as an internal error", (value, text) => {
    expect(() => assertNever(value as never)).toThrow(
      expect.objectContaining({
        code: "INTERNAL_ERROR",
        message: `Unexpected value: ${text}`,
        retryable: false,
      }),
    );
  });
});

describe("invariant", () => {
  it("lets a true condition pass and throws message and details for a false one", () => {
    expect(() => invariant(true, "never")).not.toThrow();
    expect(() => invariant(0, "the harbour is empty", { berths: 0 })).toThrow(
      expect.objectContaining({
        code: "INTERNAL_ERROR",
        message: "the harbour is empty",
        details: { berths: 0 },
      }),
    );
  });
});
