import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { plainTest } from "./plain-value.ts";

const SCHEMAS = {
  text: z.string().default("x"),
  word: z.enum(["a", "b"]).nullable().default(null),
  flag: z.boolean().optional(),
  list: z.array(z.string()).default(() => []),
  short: z.string().max(3),
  forced: z.coerce.string(),
  trimmed: z.string().trim(),
  lists: z.array(z.array(z.string())),
  whole: z.int(),
  other: z.preprocess((value) => value, z.string()),
};

it("says of no value that it is plain unless the schema takes it as it is", () => {
  const values = fc.oneof(
    fc.constantFrom("a", "b", "abcd", " a ", null, true, 1, 1.5, ["a"], [["a"]], [1], [null], {}),
    fc.anything(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(SCHEMAS)), values, (name, value) => {
      const schema = SCHEMAS[name as keyof typeof SCHEMAS];
      fc.pre(value !== undefined);
      if (plainTest(schema)?.(value) !== true) return;
      const parsed = schema.safeParse(value);
      expect(parsed).toEqual({ success: true, data: value });
    }),
    { numRuns: 2000 },
  );
});

it("knows the simple kinds, and leaves those with checks or changes to their schemas", () => {
  const known = Object.entries(SCHEMAS).flatMap(([name, schema]) => (plainTest(schema) ? [name] : []));
  expect(known).toEqual(["text", "word", "flag", "list", "lists"]);
  expect(plainTest(SCHEMAS.lists)?.([["a"]])).toBe(false);
});
