import { OrchestrationError } from "@orch/core";
import { describe, expect, it } from "vitest";
import { failureOf } from "./failure.ts";

describe("failureOf", () => {
  it("keeps message, class, code, details and suggestions of our errors", () => {
    const error = new OrchestrationError("no", {
      code: "RESOURCE_UNAVAILABLE",
      details: { wanted: 2 },
      suggestions: ["less"],
      retryable: false,
    });
    expect(failureOf(error)).toMatchObject({
      message: "no",
      type: "OrchestrationError",
      code: "RESOURCE_UNAVAILABLE",
      details: { wanted: 2 },
      suggestions: ["less"],
      retryable: false,
    });
  });

  it("cuts what is too long to be kept, and says so", () => {
    const long = "x".repeat(5_000_000);
    const details = { output: long };
    const failure = failureOf(new OrchestrationError(long, { details, suggestions: Array(1000).fill(long) }));
    expect(failure.message).toMatch(/^x+… \(5000000 characters\)$/);
    expect(failure.details).toEqual({ left_out: expect.stringContaining("details of 5000013 characters") });
    expect(JSON.stringify(failure).length).toBeLessThan(500_000);
  });
});
