import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import type { StepView } from "./compiled-workflow.ts";
import { resolveParameters } from "./step-parameters.ts";
import { compileDefinition } from "./workflow-library.ts";

const VIEWS: readonly StepView[] = [
  { output: { n: 1, list: ["x", { y: null }] }, status: "completed", success: true, error: null },
  { output: null, status: "failed", success: false, error: "boom!" },
];

/** The parameters that a third step gets, behind `done` and `bad`. */
function resolved(
  own: JsonObject,
  parameters: JsonObject = {},
  overrides: readonly string[] = [],
): JsonObject {
  const step = (name: string, rest: JsonObject = {}) => ({ name, module: "m", action: "a", ...rest });
  const compiled = compileDefinition({
    name: "w",
    steps: [step("done"), step("bad"), step("last", { parameters: own })],
  });
  const viewOf = (node: number): StepView =>
    VIEWS[node] ?? { output: null, status: "pending", success: false, error: null };
  return resolveParameters({ compiled, parameters, overrides: new Set(overrides), viewOf }, 2);
}

describe("the parameters of a step", () => {
  it.each<[string, unknown]>([
    ["{{done.output}}", VIEWS[0]?.output],
    ["{{ done.result.list[1].y }}", null],
    ["\u0024{done.output.list.0}", "x"],
    ["{{done.status}}/{{bad.status}}", "completed/failed"],
    ["{{bad.success}}", false],
    ["{{bad.error}}", "boom!"],
    ["{{bad.output}}", null],
    ["{{bad.output.any.where[3]}}", null],
    ["n is {{done.output.n}}, all is {{done.output}}", 'n is 1, all is {"n":1,"list":["x",{"y":null}]}'],
    ["\\{{done.output}} and {not one} and {{ }}", "{{done.output}} and {not one} and {{ }}"],
  ])("have for %j what it stands for", (text, value) => {
    expect(resolved({ at: [text] })).toEqual({ at: [value] });
  });

  it("take a name that is step and parameter for the step only where a part of a step follows", () => {
    const done = { output: "mine", other: "parameter" };
    expect(resolved({ a: "{{done.output.n}}", b: "{{done.other}}" }, { done })).toEqual({
      a: 1,
      b: "parameter",
      done,
    });
  });

  it("never look again at what was put in", () => {
    expect(resolved({ a: "{{p}}", b: "see {{p}}" }, { p: "{{done.output}}" })).toEqual({
      a: "{{done.output}}",
      b: "see {{done.output}}",
      p: "{{done.output}}",
    });
  });

  it("are the caller's where the caller wins, whatever the step's own refer to", () => {
    expect(resolved({ k: "{{done.output.gone}}", l: 1 }, { k: "mine", l: 2 }, ["k"])).toEqual({
      k: "mine",
      l: 1,
    });
  });

  it.each([
    "{{done.output.gone}}",
    "{{done.output.list[2]}}",
    "{{done.status.x}}",
    "{{p.deeper}}",
    "{{done.output.toString}}",
  ])("refuse %s, which leads nowhere", (text) => {
    expect(() => resolved({ at: { deep: text } }, { p: 1 })).toThrow(
      expect.objectContaining({
        code: "WORKFLOW_UNRESOLVED_REFERENCE",
        retryable: false,
        details: { reference: text, step: "last", path: "parameters" },
      }),
    );
  });

  it("may have 1 MiB of JSON with all that placeholders bring in, and no more", () => {
    const fits = "x".repeat(1024 * 1024 - Buffer.byteLength('{"all":"","given":""}'));
    expect(resolved({ all: "{{given}}" }, { given: "" })).toEqual({ all: "", given: "" });
    expect(resolved({ all: fits }, { given: "" })["all"]).toHaveLength(fits.length);
    expect(() => resolved({ all: fits }, { given: "y" })).toThrow(
      expect.objectContaining({
        code: "LIMIT_EXCEEDED",
        retryable: false,
        message: "The parameters of step 'last' have 1048577 bytes, more than 1048576",
        details: { step: "last", bytes: 1_048_577, limit: 1_048_576 },
      }),
    );
    const half = "z".repeat(600_000);
    expect(() => resolved({ all: "{{given}}" }, { given: half })).toThrow("step 'last'");
  });
});
