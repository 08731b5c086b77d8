import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject, type JsonObject, type JsonValue } from "@orch/core";
import type { ModuleDefinition } from "@orch/tasks";
import { describe, expect, it } from "vitest";
import ai from "./ai_code_editing/index.ts";
import viz from "./data_visualization/index.ts";
import docs from "./documentation/index.ts";
import env from "./environment_setup/index.ts";
import { runAction } from "./shared/run-action.ts";
import { temporaryFolder } from "./shared/temporary-folder.ts";
import analysis from "./static_analysis/index.ts";

const MODULES = new Map(
  [ai, viz, docs, env, analysis].map((module): [string, ModuleDefinition] => [module.name, module]),
);
const FILE = join(import.meta.dirname, "../workflows/production/ai-analysis.json");

interface Step {
  name: string;
  module: string;
  action: string;
  parameters: JsonObject;
  run_if?: string;
}

const load = async () =>
  JSON.parse(await readFile(FILE, "utf8")) as {
    name: string;
    parameters: Record<string, { default: JsonValue }>;
    steps: Step[];
  };

/** The value of a parameter: placeholders replaced by parameters and outputs. */
function fill(value: JsonValue, scope: JsonObject): JsonValue {
  if (typeof value === "string") {
    const path = /^\{\{(.+)\}\}$/.exec(value)?.[1]?.split(".");
    if (!path) return value;
    return path.reduce<JsonValue>(
      (at, key) => (key === "output" ? at : isObject(at) ? (at[key] ?? null) : null),
      scope,
    );
  }
  if (Array.isArray(value)) return value.map((item: JsonValue) => fill(item, scope));
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, scope)]))
    : value;
}

/** Runs the steps in the order of the file; every parameter of the run reaches every step, as in the engine. */
async function run(parameters: JsonObject): Promise<JsonObject> {
  const { parameters: declared, steps } = await load();
  const given: JsonObject = {
    ...Object.fromEntries(Object.entries(declared).map(([name, each]) => [name, each.default])),
    ...parameters,
  };
  const outputs: Record<string, JsonValue> = {};
  for (const { name, module: moduleName, action, parameters: own, run_if } of steps) {
    const module = MODULES.get(moduleName);
    if (!module) throw new Error(`no module ${moduleName}`);
    const skipped = run_if !== undefined && given["include_visualization"] !== true;
    const input = { ...given, ...(fill(own, { ...given, ...outputs }) as JsonObject) };
    outputs[name] = skipped ? null : ((await runAction(module, action, input)) as JsonValue);
  }
  return outputs;
}

// Threads and many runs, on a machine that may be busy.

describe("the ai-analysis workflow", () => {
  it("names steps, modules and actions that exist, each after what it refers to", async () => {
    const { name, steps } = await load();
    expect(name).toBe("ai-analysis");
    steps.forEach(({ module, action, parameters }, index) => {
      expect(MODULES.get(module)?.actions[action], `${module}.${action}`).toBeDefined();
      const before = new Set(steps.slice(0, index).map((step) => step.name));
      for (const [, referred = ""] of JSON.stringify(parameters).matchAll(/\{\{(\w+)\.output/g))
        expect(before).toContain(referred);
    });
  });

  it("makes a report with three charts", async () => {
    await using folder = await temporaryFolder({
      "code/a.ts": "export const f = (a: number) => (a > 1 ? 1 : 2);\n",
    });
    const outputs = await run({
      code_path: join(folder.path, "code"),
      output_path: join(folder.path, "out"),
    });
    expect(outputs["report"]).toMatchObject({ charts: 3, report_html: join(folder.path, "out/report.html") });
    expect(outputs["language_chart"]).toMatchObject({
      svg_path: join(folder.path, "out/lines-of-code-by-language.svg"),
    });
  });

  it("makes a report without charts when they are not wanted, with a focus", async () => {
    await using folder = await temporaryFolder({ "code/a.ts": "// TODO x\nf();\n" });
    const outputs = await run({
      code_path: join(folder.path, "code"),
      output_path: join(folder.path, "out"),
      include_visualization: false,
      focus_areas: ["todo_debt"],
    });
    expect(outputs).toMatchObject({ report: { charts: 0, findings: 1 }, create_visualization: null });
  });
});
