import { describe, expect, it } from "vitest";
import { madeBy } from "./made.ts";

const linesOf = (outputs: object): string[] =>
  madeBy(outputs as Record<string, unknown>).map(({ label, text }) => `${label}: ${text}`);

describe("madeBy", () => {
  it("names files by their outputs, in the order of the steps, each once", () => {
    const outputs = {
      build: { artifact_path: "/o/artifact", name: "x" },
      draw: { svg_path: "/o/a.svg", svg: "<svg/>" },
      again: { svg_path: "/o/a.svg" },
      inline: { svg_path: null },
      report: { report_json: "/o/r.json", report_html: "/o/r.html", report_2: "no", report_md: 5 },
      process: { data_path: "/o/processed.json" },
      deploy: { release_path: "/d/releases/1", current_path: "/d/current", toString: "x" },
    };
    expect(linesOf(outputs)).toEqual([
      "Artifact: /o/artifact",
      "Chart: /o/a.svg",
      "Report (json): /o/r.json",
      "Report (html): /o/r.html",
      "Data: /o/processed.json",
      "Release: /d/releases/1",
      "Current: /d/current",
    ]);
  });

  it.each([
    [{ runner: "node", passed: true, total: 12, failures: 0, skipped: 1 }, "Tests: 12 tests, 1 skipped"],
    [{ runner: "script", passed: true, total: null }, "Tests: passed"],
    [{ runner: "none", passed: true, total: 0 }, "Tests: none were found: nothing was tested"],
  ])("says how tests went: %j", (output, line) => {
    expect(linesOf({ test: output })).toEqual([line]);
  });

  it("says nothing of other outputs", () => {
    expect(linesOf({ a: null, b: ["report_md"], c: "svg_path", d: { passed: true, runner: 1 } })).toEqual([]);
  });
});
