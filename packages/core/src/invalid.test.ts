import { expect, it } from "vitest";
import { z } from "zod";
import { invalid } from "./invalid.ts";

const problemsOf = (schema: z.ZodType, value: unknown, given?: ReadonlyMap<string, string>) => {
  const { error } = schema.safeParse(value, { reportInput: true });
  if (!error) throw new Error("the schema took the value");
  return invalid("tide", error, given);
};

it("lists every problem with its path and the value", () => {
  const schema = z.object({
    level: z.string(),
    at: z.array(z.number()),
    high: z.number(),
    big: z.string(),
    port: z.string(),
  });
  const error = problemsOf(
    schema,
    { level: 5, at: [1, "two"], high: false, big: 3n, port: null },
    new Map([["level", "tide_level"]]),
  );
  expect(error).toMatchObject({ code: "INVALID_PARAMETERS", retryable: false });
  expect(error.details["problems"]).toEqual([
    { path: "tide_level", message: "Invalid input: expected string, received number, was 5" },
    { path: "at.1", message: 'Invalid input: expected number, received string, was "two"' },
    { path: "high", message: "Invalid input: expected number, received boolean, was false" },
    { path: "big", message: "Invalid input: expected string, received bigint, was 3" },
    { path: "port", message: "Invalid input: expected string, received null" },
  ]);
  expect(error.message).toMatch(
    /^Invalid tide: tide_level: Invalid .*; at\.1: .*; port: Invalid input: expected string, received null$/,
  );
});

it("says of what is missing that it is required", () => {
  expect(problemsOf(z.object({ level: z.string() }), {}).message).toBe(
    "Invalid tide: level: is required, of type string",
  );
});

it("names no path for the whole value, and shows none that was not reported", () => {
  expect(problemsOf(z.string(), { secret: 1 }).message).toBe(
    "Invalid tide: Invalid input: expected string, received object",
  );
  const { error } = z.string().safeParse(5);
  expect(error && invalid("tide", error).message).toBe(
    "Invalid tide: Invalid input: expected string, received number",
  );
});

it("says which of the allowed values was probably meant", () => {
  const schema = z.object({ mode: z.enum(["parallel", "sequential"]) });
  expect(problemsOf(schema, { mode: "paralel" }).message).toMatch(
    /, was "paralel"; did you mean 'parallel'\?$/,
  );
  expect(problemsOf(schema, { mode: "other" }).message).toMatch(/, was "other"$/);
});
