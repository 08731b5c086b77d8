import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { widthOf } from "../width.ts";
import { ganttLines } from "./gantt.ts";

const span = (name: string, startMs: number, endMs: number) => ({
  name,
  status: "completed",
  startMs,
  endMs,
});

describe("ganttLines", () => {
  it("draws a bar for each step where it ran, in the order of their starts", () => {
    const lines = ganttLines([span("late", 500, 1000), span("early", 0, 500)], 1000, 40);
    expect(lines).toEqual([
      "  early  ████████████              0.5 s",
      "  late               ████████████  0.5 s",
    ]);
  });

  it("is empty without spans", () => {
    expect(ganttLines([], 1000, 80)).toEqual([]);
  });

  it("shows the twenty longest, and counts the others", () => {
    const spans = Array.from({ length: 25 }, (_, at) => span(`s${at}`, at, at + 10 + at));
    const lines = ganttLines(spans, 100, 80);
    expect(lines).toHaveLength(21);
    expect(lines.at(0)).toMatch(/^ {2}s5 /);
    expect(lines.at(-1)).toBe("  … and 5 shorter steps");
  });

  it("keeps every bar inside the line, at least one block long", () => {
    const time = fc.integer({ min: 0, max: 100_000 });
    const spans = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), time, time), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(spans, time, fc.integer({ min: 30, max: 200 }), (rows, durationMs, columns) => {
        const given = rows.map(([name, start, length]) => span(name, start, start + length));
        for (const line of ganttLines(given, durationMs, columns)) {
          expect(widthOf(line)).toBe(columns);
          expect(line).toContain("█");
        }
      }),
    );
  });
});
