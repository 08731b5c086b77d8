import { expect, expectTypeOf, it } from "vitest";
import { err, ok, type Result } from "./result.ts";

it("tells a value from a failure, also in types", () => {
  const halve = (value: number): Result<number, string> =>
    value % 2 === 0 ? ok(value / 2) : err(`${value} is odd`);
  expect([halve(4), halve(3)]).toEqual([
    { ok: true, value: 2 },
    { ok: false, error: "3 is odd" },
  ]);
  const result = halve(4);
  if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>();
  else expectTypeOf(result.error).toEqualTypeOf<string>();
});
