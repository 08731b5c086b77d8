import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean, nearestNames } from "./near.ts";

/** Levenshtein's distance by its definition. */
function distance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const same = distance(a.slice(1), b.slice(1));
  if (a[0] === b[0]) return same;
  return 1 + Math.min(same, distance(a.slice(1), b), distance(a, b.slice(1)));
}

function naive(wanted: string, names: readonly string[]): string[] {
  const far = (name: string) => Math.min(4, distance(wanted.toLowerCase(), name.toLowerCase()));
  const close = (name: string) => far(name) <= 3 && 2 * far(name) <= Math.max(wanted.length, name.length);
  const prefix = (name: string) =>
    wanted.length >= 4 && name.toLowerCase().startsWith(wanted.slice(0, 4).toLowerCase());
  return [...new Set(names)]
    .filter((name) => close(name) || prefix(name))
    .sort((a, b) => far(a) - far(b) || (a < b ? -1 : 1))
    .slice(0, 3);
}

describe("nearestNames", () => {
  it("finds typing errors, other cases and shared beginnings, best first", () => {
    const names = ["ai-analysis", "ai-analyses-weekly", "build", "Deploy"];
    expect(nearestNames("ai-analysys", names)).toEqual(["ai-analysis", "ai-analyses-weekly"]);
    expect(nearestNames("biuld", names)).toEqual(["build"]);
    expect(nearestNames("DEPLOY", names)).toEqual(["Deploy"]);
    expect(nearestNames("nothing-alike", names)).toEqual([]);
    expect(nearestNames("", names)).toEqual([]);
  });

  it("gives three at most, none twice, and no short name that shares no letter", () => {
    expect(nearestNames("step1", ["step5", "step4", "step3", "step3", "step2"])).toEqual([
      "step2",
      "step3",
      "step4",
    ]);
    expect(nearestNames("ab", ["xyz", "cd"])).toEqual([]);
    expect(nearestNames("laod", ["load", "mail", "deed"])).toEqual(["load"]);
    expect(nearestNames("code", ["mail", "lode", "tree"])).toEqual(["lode"]);
  });

  it("agrees with the definition of the edit distance", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "C"), maxLength: 7 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 8 }), (wanted, names) => {
        expect(nearestNames(wanted, names)).toEqual(naive(wanted, names));
      }),
    );
  });

  it("takes long names in linear time", () => {
    const long = "x".repeat(200_000);
    expect(nearestNames(`${long}a`, [`${long}b`, "short"])).toEqual([`${long}b`]);
  });
});

describe("didYouMean", () => {
  it("asks for one or several, and says nothing without any", () => {
    expect([[], ["a"], ["a", "b"]].map(didYouMean)).toEqual([
      [],
      ["Did you mean 'a'?"],
      ["Did you mean 'a' or 'b'?"],
    ]);
  });
});
