import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@orch/core";
import { executionLevels } from "@orch/dag";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readDefinitionText } from "../src/definition-files.ts";
import { writtenForm } from "../src/workflow-library.ts";
import { aManager } from "./rig.ts";

const base = mkdtempSync(join(tmpdir(), "orch-examples-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const step = (name: string, call: string, parameters: JsonObject = {}, more: JsonObject = {}): JsonObject => {
  const [module = "", action = ""] = call.split(".");
  return { name, module, action, parameters, ...more };
};
const plain = { dependencies: [], timeout: null, retry_count: 0, max_retries: 3 };

/** The variants of the specification that must load as they are, each with its levels. */
const EXAMPLES: readonly (readonly [JsonObject, readonly (readonly string[])[]])[] = [
  [
    {
      name: "basic_analysis",
      steps: [
        step(
          "check_env",
          "environment_setup.check_environment",
          {},
          { dependencies: [], timeout: 60, max_retries: 3 },
        ),
        step(
          "analyze",
          "static_analysis.analyze_code_quality",
          { path: "." },
          { dependencies: ["check_env"], timeout: 300, max_retries: 2 },
        ),
      ],
    },
    [["check_env"], ["analyze"]],
  ],
  [
    {
      name: "code-analysis-pipeline",
      steps: [
        step("analyze_code", "static_analysis.analyze_code_quality", { path: "." }, plain),
        step(
          "generate_insights",
          "ai_code_editing.generate_code_insights",
          { analysis_data: "{{analyze_code.output}}" },
          plain,
        ),
        step(
          "create_visualization",
          "data_visualization.create_analysis_chart",
          { data: "{{generate_insights.output}}" },
          plain,
        ),
      ],
    },
    [["analyze_code"], ["generate_insights"], ["create_visualization"]],
  ],
  [
    {
      name: "complex_analysis",
      steps: [
        step("setup", "environment_setup.check_environment", {}, { timeout: 60, max_retries: 3 }),
        step(
          "analyze_code",
          "static_analysis.analyze_code_quality",
          {},
          { dependencies: ["setup"], timeout: 300, max_retries: 2 },
        ),
        step(
          "ai_insights",
          "ai_code_editing.generate_code_insights",
          { analysis_data: "{{analyze_code.output}}" },
          { dependencies: ["analyze_code"], timeout: 120, max_retries: 3 },
        ),
        step(
          "visualize",
          "data_visualization.create_bar_chart",
          { data: "{{ai_insights.output}}", title: "Analysis Results" },
          { dependencies: ["ai_insights"], timeout: 60, max_retries: 1 },
        ),
      ],
    },
    [["setup"], ["analyze_code"], ["ai_insights"], ["visualize"]],
  ],
  [
    {
      name: "sample_analysis_workflow",
      steps: [
        step("data_analysis", "data_visualization.create_bar_chart", {
          data: { A: 10, B: 20, C: 15 },
          title: "Sample Data",
        }),
        step("report_generation", "documentation.generate_docs", {}, { dependencies: ["data_analysis"] }),
        step("security_scan", "security_audit.scan_codebase"),
        step(
          "final_report",
          "documentation.generate_docs",
          {},
          { dependencies: ["report_generation", "security_scan"] },
        ),
      ],
    },
    [["data_analysis", "security_scan"], ["report_generation"], ["final_report"]],
  ],
  [
    {
      name: "single",
      steps: [
        step(
          "only",
          "nonexistent_module.nonexistent_action",
          {},
          { timeout: null, retry_count: 0, max_retries: 3 },
        ),
      ],
    },
    [["only"]],
  ],
];

describe.each(EXAMPLES)("the example $name", (written, levels) => {
  it.each([
    ["json", JSON.stringify(written)],
    ["yaml", stringify(written)],
    ["yml", stringify(written)],
  ])("loads as it is from .%s, in the order that was meant", (extension, text) => {
    const { compiled, problems } = readDefinitionText(text, `x.${extension}`);
    expect(problems).toEqual([]);
    expect(compiled && executionLevels(compiled.graph)).toEqual(levels);
  });

  it("is the same after it was saved and loaded", () => {
    const { compiled } = readDefinitionText(JSON.stringify(written), "x.json");
    const saved = compiled && writtenForm(compiled);
    const again = readDefinitionText(JSON.stringify(saved), "x.json").compiled;
    expect(again?.steps).toEqual(compiled?.steps);
    expect(again && writtenForm(again)).toEqual(saved);
  });
});

describe("keys that nobody knows", () => {
  it.each(["json", "yaml"])(
    "survive loading and saving a .%s file, of the file and of its steps",
    (extension) => {
      const file = {
        $schema: "./schema.json",
        name: `kept_${extension}`,
        "x-owner": { team: "a" },
        steps: [{ ...step("s", "m.a"), "x-note": [1, { deep: null }] }],
      };
      const configDir = mkdtempSync(join(base, "d"));
      const path = join(configDir, `kept.${extension}`);
      writeFileSync(path, extension === "json" ? JSON.stringify(file) : stringify(file));
      const { manager } = aManager({ configDir });
      const compiled = manager.findWorkflow(file.name);
      const { steps = [], ...rest } = writtenForm(compiled);
      const { name: _, ...options } = rest;
      manager.createWorkflow(file.name, steps as JsonObject[], options);
      const saved = readDefinitionText(readFileSync(path, "utf8"), path).compiled;
      expect(saved?.workflow.extra).toEqual({ $schema: "./schema.json", "x-owner": { team: "a" } });
      expect(saved?.steps[0]?.extra).toEqual({ "x-note": [1, { deep: null }] });
    },
  );
});
