import fc from "fast-check";
import { expect, it } from "vitest";
import { BearerTokens } from "./bearer-tokens.ts";

const A = "a".repeat(32);
const B = "b".repeat(64);

it("knows who comes with a token, by a name that does not hold it", () => {
  const tokens = new BearerTokens([A, B]);
  const [a, b] = [tokens.callerOf(A), tokens.callerOf(B)];
  expect(a).toMatch(/^token:[0-9a-f]{12}$/);
  expect(b).toMatch(/^token:[0-9a-f]{12}$/);
  expect(a).not.toBe(b);
  expect(new BearerTokens([A]).callerOf(A)).toBe(a);
});

it("knows nobody by anything else", () => {
  const tokens = new BearerTokens([A, B]);
  const near = fc.constantFrom(A.slice(1), `${A}a`, A.toUpperCase(), `${A} `, "", B.slice(0, 32));
  fc.assert(
    fc.property(fc.oneof(near, fc.string()), (text) => {
      expect(tokens.callerOf(text)).toBe(null);
    }),
  );
});

it.each([
  ["none", []],
  ["one that is short", [A, "short"]],
  ["one that is empty", [""]],
  ["one that is too long", ["a".repeat(513)]],
  ["one with a space", [`${A} ${A}`]],
  ["one with other characters", [`${A}ä`]],
])("takes no list of tokens with %s, and repeats none", (_, tokens) => {
  const refused = expect.objectContaining({ code: "CONFIG_INVALID" });
  expect(() => new BearerTokens(tokens)).toThrowError(refused);
  expect(() => new BearerTokens(tokens)).not.toThrowError(/aaaa/);
});
