import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { AREAS, applyRules, SEVERITIES } from "./finding.ts";
import module from "./index.ts";
import type { Insights } from "./insights.ts";
import { RULES } from "./rules.ts";

const GOOD_SUMMARY = {
  files: 20,
  lines: 2_000,
  code_lines: 1_500,
  comment_lines: 300,
  source_files: 20,
  source_code_lines: 1_500,
  source_comment_lines: 300,
  functions: 100,
  average_complexity: 2,
  max_complexity: 8,
  complex_functions: 0,
  long_functions: 0,
  large_files: 0,
  test_files: 10,
  todos: 0,
  parse_errors: 0,
  skipped: 0,
};
const hotspot = { name: "f", file: "a.ts", line: 3, lines: 90, complexity: 25, method: "syntax" };
const BAD = {
  quality_score: 3.2,
  summary: {
    ...GOOD_SUMMARY,
    source_comment_lines: 10,
    complex_functions: 20,
    long_functions: 9,
    large_files: 4,
    test_files: 0,
    todos: 40,
    parse_errors: 2,
    skipped: 3,
  },
  languages: [{ name: "TypeScript", kind: "programming", files: 20, lines: 2_000, code: 1_500 }],
  distribution: [
    { label: "1–5", functions: 80 },
    { label: "over 50", functions: 20 },
  ],
  largest_files: [{ file: "big.ts", language: "TypeScript", lines: 900 }],
  complex_functions: [hotspot, { ...hotspot, name: "g", complexity: 12, method: "lines" }],
  longest_functions: [hotspot],
  todos: { examples: [{ file: "a.ts", line: 1, text: "TODO x" }] },
  parse_errors: { examples: [{ file: "bad.ts", line: 2, message: "Unexpected token" }] },
  skipped: { reasons: { unreadable: 1 } },
};
const insights = async (analysis_data: object, focus_areas?: string[]): Promise<Insights> =>
  (await runAction(module, "generate_code_insights", {
    analysis_data,
    ...(focus_areas ? { focus_areas } : {}),
  } as never)) as Insights;

describe("ai_code_editing.generate_code_insights", () => {
  it("finds nothing in good code, and says so", async () => {
    const output = await insights({ quality_score: 9.8, summary: GOOD_SUMMARY });
    expect(output).toMatchObject({
      findings: [],
      method: "rules",
      verdict: "In very good shape: no rule found anything to change.",
    });
    expect(output.note).toMatch(/No model was called/);
  });

  it("lets every rule speak where all is bad, the worst first, each with its reason and what to try", async () => {
    const { findings, counts } = await insights(BAD);
    expect(findings.map(({ id }) => id).sort()).toEqual(RULES.map(({ id }) => id).sort());
    const ranks = findings.map(({ severity }) => SEVERITIES.indexOf(severity));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    for (const { why, suggestion, title } of findings)
      expect([why, suggestion, title].every((text) => text.length > 10)).toBe(true);
    expect(counts.high + counts.medium + counts.low + counts.info).toBe(findings.length);
  });

  it("quotes the places of the data as evidence, and marks estimates", async () => {
    const { findings } = await insights(BAD);
    const evidence = (id: string) => findings.find((finding) => finding.id === id)?.evidence;
    expect(evidence("very-complex-functions")).toEqual(["f at a.ts:3, complexity 25, 90 lines"]);
    expect(evidence("complex-functions")).toEqual([
      "g at a.ts:3, complexity 12, 90 lines (estimated from lines)",
    ]);
    expect(evidence("long-functions")).toEqual(["f at a.ts:3, complexity 25, 90 lines"]);
    expect(evidence("parse-errors")).toEqual(["bad.ts:2 Unexpected token"]);
    expect(evidence("todo-debt")).toEqual(["a.ts:1 TODO x"]);
  });

  it("narrows and orders by focus, without changing the numbers", async () => {
    const all = await insights(BAD);
    const some = await insights(BAD, ["todo_debt", "complexity", "todo_debt"]);
    expect(some.findings.map(({ area }) => area)).toEqual(["todo_debt", "complexity", "complexity"]);
    expect(some.focus_areas).toEqual(["todo_debt", "complexity"]);
    expect({ ...some, findings: 0, focus_areas: 0, counts: 0, verdict: 0 }).toEqual({
      ...all,
      findings: 0,
      focus_areas: 0,
      counts: 0,
      verdict: 0,
    });
  });

  it("refuses an unknown focus area and names near ones", async () => {
    await expect(insights(BAD, ["complexity", "complexty", "nonsense!"])).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: "Unknown focus area 'complexty', 'nonsense!'",
      details: {
        problems: [{ path: "focus_areas[1]" }, { path: "focus_areas[2]" }],
        near: ["complexity"],
        available: [...AREAS],
      },
      suggestions: ["Did you mean 'complexity'?", expect.stringContaining("documentation")],
    });
  });

  it("gives charts their numbers, also for names that JSON results may not have", async () => {
    const { charts } = await insights({
      ...BAD,
      languages: [
        { name: "__proto__", files: 1, lines: 1, code: 1 },
        { name: "Go", files: 1, lines: 9, code: 7 },
        { name: "Empty", files: 1, lines: 0, code: 0 },
      ],
    });
    expect(charts.languages).toEqual({ Go: 7 });
    expect(charts.complexity).toEqual({ "1–5": 80, "over 50": 20 });
    expect(charts.hotspots).toEqual({ "f (a.ts:3)": 25, "g (a.ts:3)": 12 });
  });

  it.each([
    [null],
    [{}],
    [{ quality_score: 11, summary: GOOD_SUMMARY }],
    [{ quality_score: 5, summary: { ...GOOD_SUMMARY, files: -1 } }],
  ])("refuses %j as an analysis", async (data) => {
    await expect(insights(data as object)).rejects.toThrow();
  });

  it("never divides by nothing: every rule takes any counts", () => {
    const count = fc.nat({ max: 3 });
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(Object.keys(GOOD_SUMMARY).map((key) => [key, count]))),
        (summary) => {
          const analysis = {
            ...BAD,
            path: ".",
            score: { formula: "", parts: [] },
            skipped: { reasons: {}, examples: [] },
            summary,
          };
          for (const { title, evidence } of applyRules(RULES, analysis as never)) {
            expect(title).not.toMatch(/NaN|Infinity|undefined/);
            expect(evidence.length).toBeLessThanOrEqual(5);
          }
        },
      ),
    );
  });
});
