import { stripVTControlCharacters } from "node:util";
import type { WorkflowExecution } from "@orch/engine";
import { describe, expect, it } from "vitest";
import { aWorkflow } from "../../test/a-view.ts";
import { summaryLines } from "./summary.ts";

/** What a summary reads of an execution. */
function anExecution(facts: object = {}): WorkflowExecution {
  const results = { a: { status: "completed" }, b: { status: "completed" } };
  return {
    workflowName: "shaped",
    executionId: "run-1",
    status: "completed",
    durationMs: 2000,
    warnings: [],
    results,
    result: {},
    ...facts,
  } as unknown as WorkflowExecution;
}

const spans = [
  { name: "a", status: "completed", startMs: 0, endMs: 1000 },
  { name: "b", status: "completed", startMs: 1000, endMs: 2000 },
];

const linesOf = (execution: WorkflowExecution, given = spans, { idleMs = 0, undone = 0 } = {}): string[] =>
  summaryLines(execution, aWorkflow({ a: [], b: ["a"] }), { spans: given, idleMs, undone }, 60).map(
    stripVTControlCharacters,
  );

describe("summaryLines", () => {
  it("says how it ended, how parallel it was, what took the longest way, and who it was", () => {
    const lines = linesOf(anExecution());
    expect(lines).toContain("✔ shaped completed in 2.0 s  2 steps: 2 completed");
    expect(lines).toContain("  Parallelism    1.00 steps at once on average");
    expect(lines).toContain("  Critical path  2.0 s: a → b");
    expect(lines.some((line) => /^ {2}a {2}█+ +1\.0 s$/.test(line))).toBe(true);
    expect(lines.at(-1)).toBe("  Execution:     run-1");
  });

  it("counts every way of ending, and shows warnings", () => {
    const results = { a: { status: "timeout" }, b: { status: "skipped" } };
    const lines = linesOf(anExecution({ status: "failed", results, warnings: ["mind \u001b[2Jthis"] }));
    expect(lines).toContain("✖ shaped failed in 2.0 s  2 steps: 1 timeout, 1 skipped");
    expect(lines).toContain("  Warning: mind this");
  });

  it("leaves out the time when nothing ran, and says how long that was", () => {
    const lines = linesOf(anExecution({ durationMs: 17_000 }), spans, { idleMs: 15_000 });
    expect(lines).toContain("✔ shaped completed in 2.0 s  2 steps: 2 completed");
    expect(lines).toContain("  Interrupted    15.0 s more, in which nothing ran");
    expect(lines).toContain("  Parallelism    1.00 steps at once on average");
  });

  it("counts the steps that were undone", () => {
    const lines = linesOf(anExecution({ status: "failed" }), spans, { undone: 2 });
    expect(lines).toContain("✖ shaped failed in 2.0 s  2 steps: 2 completed, 2 undone");
  });

  it("says so when nothing ran", () => {
    const lines = linesOf(anExecution({ status: "cancelled", results: {}, durationMs: null }), []);
    expect(lines).toEqual([
      "",
      "✖ shaped cancelled in 0 ms  2 steps: none ran",
      "",
      "  Execution:     run-1",
    ]);
  });

  it("names the files that steps say they made", () => {
    const result = { a: { report_html: "/tmp/r.html", report_2: 5, other: "x" }, b: ["report_md"] };
    expect(linesOf(anExecution({ result }))).toContain("  Report (html): /tmp/r.html");
  });
});
