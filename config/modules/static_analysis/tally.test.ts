import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addFile, addSkipped } from "./add-file.ts";
import { LIMITS } from "./limits.ts";
import { scoreOf } from "./score.ts";
import { emptyTally, type FileFacts, mergeTallies, SKIP_REASONS, type Tally, trimTally } from "./tally.ts";

const count = fc.nat({ max: 900 });
const fileFacts: fc.Arbitrary<Omit<FileFacts, "file">> = fc.record({
  language: fc.constantFrom("TypeScript", "Python"),
  kind: fc.constant("programming"),
  method: fc.constantFrom("syntax" as const, "lines" as const),
  bytes: count,
  lines: count,
  code: count,
  comment: count,
  blank: count,
  functions: fc.array(
    fc.record({
      name: fc.constantFrom("f", "g"),
      file: fc.constant(""),
      line: count,
      lines: count,
      complexity: fc.integer({ min: 1, max: 60 }),
      language: fc.constant("TypeScript"),
      method: fc.constant("syntax" as const),
    }),
    { maxLength: 6 },
  ),
  topLevelDecisions: count,
  todos: fc.array(fc.record({ file: fc.constant(""), line: count, text: fc.constant("TODO") }), {
    maxLength: 3,
  }),
  parseError: fc.option(fc.record({ file: fc.constant(""), line: count, message: fc.constant("bad") })),
});
const facts = fc.array(fileFacts, { maxLength: 60 }).map((list) =>
  list.map((each, index): FileFacts => {
    const file = `src/${index}.ts`;
    const at = <T extends object>(fact: T) => ({ ...fact, file });
    return {
      ...each,
      file,
      functions: each.functions.map(at),
      todos: each.todos.map(at),
      parseError: each.parseError && at(each.parseError),
    };
  }),
);

function tallyOf(list: readonly FileFacts[]): Tally {
  const tally = emptyTally();
  for (const each of list) {
    addFile(tally, each);
    addSkipped(tally, {
      file: `${each.file}.bin`,
      reason: SKIP_REASONS[each.bytes % SKIP_REASONS.length] ?? "binary",
    });
  }
  trimTally(tally);
  return tally;
}

describe("tallies", () => {
  it("come out the same for any split into batches and any order of them", () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 1, max: 7 }), fc.boolean(), (list, size, backwards) => {
        const batches: Tally[] = [];
        for (let at = 0; at < list.length; at += size) batches.push(tallyOf(list.slice(at, at + size)));
        const merged = emptyTally();
        for (const batch of backwards ? batches.reverse() : batches) mergeTallies(merged, batch);
        expect(merged).toEqual(tallyOf(list));
      }),
    );
  });

  it("keep the most complex functions of all, as sorting all of them would", () => {
    fc.assert(
      fc.property(facts, (list) => {
        const all = list
          .flatMap(({ functions }) => functions.map(({ complexity }) => complexity))
          .sort((a, b) => b - a);
        const tally = tallyOf(list);
        expect(tally.mostComplex.map(({ complexity }) => complexity)).toEqual(
          all.slice(0, LIMITS.complexFunctions),
        );
        expect(tally.distribution.reduce((sum, each) => sum + each, 0)).toBe(all.length);
      }),
    );
  });
});

describe("scoreOf", () => {
  it("lies between 0 and 10, and is 10 less the parts", () => {
    fc.assert(
      fc.property(facts, (list) => {
        const { value, parts } = scoreOf(tallyOf(list));
        fc.pre(list.length > 0);
        const lost = parts.reduce((sum, part) => sum + part.lost, 0);
        for (const part of parts)
          expect(part.lost).toSatisfy((each: number) => each >= 0 && each <= part.max);
        expect(Math.abs((value ?? 0) - (10 - lost))).toBeLessThan(0.06);
        expect(value).toSatisfy((each: number) => each >= 0 && each <= 10);
      }),
    );
  });

  it("judges nothing where there is no program", () => {
    expect(scoreOf(tallyOf([]))).toMatchObject({ value: null, parts: [] });
  });

  it("can take off 10 points and no more", () => {
    const bad: FileFacts = {
      file: "a.ts",
      language: "TypeScript",
      kind: "programming",
      method: "syntax",
      bytes: 1,
      lines: 600,
      code: 600,
      comment: 0,
      blank: 0,
      topLevelDecisions: 0,
      functions: [
        {
          name: "f",
          file: "a.ts",
          line: 1,
          lines: 600,
          complexity: 90,
          language: "TypeScript",
          method: "syntax",
        },
      ],
      todos: Array.from({ length: 20 }, (_, line) => ({ file: "a.ts", line, text: "TODO" })),
      parseError: { file: "a.ts", line: 1, message: "bad" },
    };
    const { value, parts } = scoreOf(
      tallyOf(Array.from({ length: 12 }, (_, index) => ({ ...bad, file: `${index}.ts` }))),
    );
    expect(parts.reduce((sum, { max }) => sum + max, 0)).toBe(10);
    expect(value).toBe(0);
  });
});
