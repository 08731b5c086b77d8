import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogEnd, type LogRow, logRows, type NewLine } from "./log-rows.ts";

const aLine = (message: string): NewLine => ({ at: 1, step: "s", attempt: 1, level: "info", message });
const FULL = 16 * 1024 * 1024;

/** The rows of several turns, one after the other. */
function rowsOf(turns: readonly (readonly NewLine[])[], from: LogEnd = { last: 0, size: 0 }): LogRow[] {
  const rows: LogRow[] = [];
  for (const lines of turns) rows.push(...logRows(lines, rows.at(-1) ?? from));
  return rows;
}

describe("the rows of a log", () => {
  it("hold all lines in order without gaps, and none is larger than its lines have to be", () => {
    const lengths = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 70_000 }));
    const turns = fc.array(fc.array(lengths, { maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(turns, (given) => {
        const lines = given.map((turn) => turn.map((length) => aLine("x".repeat(length))));
        const rows = rowsOf(lines);
        const kept = rows.flatMap((row) => row.lines);
        expect(kept.map(({ sequence: _, ...line }) => line)).toEqual(lines.flat());
        expect(kept.map(({ sequence }) => sequence)).toEqual(kept.map((_, at) => at + 1));
        const sizes = lines.flat().map((line) => JSON.stringify(line).length);
        expect(rows.at(-1)?.size ?? 0).toBe(sizes.reduce((sum, each) => sum + each, 0));
        for (const { lines: some, last } of rows) {
          expect(last).toBe(some.at(-1)?.sequence);
          const size = some.reduce((sum, { sequence: _, ...line }) => sum + JSON.stringify(line).length, 0);
          expect(some.length === 1 || size <= 65_536).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("end with one line that says that the rest is left out, whatever comes after it", () => {
    const near = { last: 7, size: FULL - 400 };
    const rows = rowsOf([["a", "b".repeat(500), "c"].map(aLine), [aLine("d")], [aLine("e")]], near);
    const messages = rows.flatMap((row) => row.lines).map(({ sequence, message }) => [sequence, message]);
    expect(messages).toEqual([
      [8, "a"],
      [9, `… (the log of this execution is longer than ${FULL} characters: the rest is left out)`],
    ]);
  });
});
