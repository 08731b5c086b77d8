import { InvalidParametersError, type JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { readDefinitionText } from "./definition-files.ts";
import { declaredParameters } from "./parameter-declaration.ts";
import { bindParameters, undeclaredParameters } from "./parameters.ts";
import { compileDefinition, writtenForm } from "./workflow-library.ts";

const steps = [{ name: "s", module: "m", action: "a" }];
const aWorkflow = (parameters: JsonObject) => compileDefinition({ name: "w", steps, parameters });
const bind = (parameters: JsonObject, given: JsonObject) =>
  bindParameters("w", aWorkflow(parameters).workflow.parameters, given);
const problemsOf = (parameters: JsonObject, given: JsonObject): unknown => {
  try {
    bind(parameters, given);
  } catch (error) {
    if (error instanceof InvalidParametersError) return error.details["problems"];
  }
  throw new Error("It was not refused");
};

const SHORT: JsonObject = {
  path: { type: "string", default: ".", description: "Where to look", minLength: 1 },
  tags: { type: "array", items: { type: "string", enum: ["a", "b"] }, maxItems: 2 },
  level: { type: "integer", minimum: 1, maximum: 5, required: true },
};
const LONG: JsonObject = {
  $comment: "All together",
  type: "object",
  properties: {
    path: { type: "string", default: ".", description: "Where to look", minLength: 1 },
    tags: { type: "array", items: { type: "string", enum: ["a", "b"] }, maxItems: 2 },
    level: { type: "integer", minimum: 1, maximum: 5 },
  },
  required: ["level"],
  additionalProperties: { type: "string" },
};

describe.each([
  ["by name", SHORT],
  ["as one schema", LONG],
])("parameters declared %s", (_, written) => {
  it("obey all their keywords, and every problem has its path", () => {
    expect(problemsOf(written, { path: "", tags: ["a", "c"], level: 9 })).toEqual([
      { path: "path", message: "must not be empty" },
      { path: "tags.1", message: 'must be one of "a", "b", was "c"' },
      { path: "level", message: "must be at most 5, was 9" },
    ]);
    expect(problemsOf(written, {})).toEqual([{ path: "level", message: "is required" }]);
    expect(problemsOf(written, { level: 1, tags: ["a", "b", "a"] })).toEqual([
      { path: "tags", message: 'must have at most 2, was ["a","b","a"]' },
    ]);
  });

  it("get their defaults", () => {
    expect(bind(written, { level: 2 })).toEqual({ parameters: { level: 2, path: "." }, undeclared: [] });
  });

  it("are the same by name", () => {
    const declared = declaredParameters(aWorkflow(written).workflow.parameters);
    expect(declared).toEqual(declaredParameters(aWorkflow(SHORT).workflow.parameters));
  });

  it("are written as they were read, with every keyword", () => {
    expect(writtenForm(aWorkflow(written))["parameters"]).toEqual(written);
    expect(writtenForm(compileDefinition(writtenForm(aWorkflow(written))))).toEqual(
      writtenForm(aWorkflow(written)),
    );
  });
});

describe("parameters of a workflow", () => {
  it("may be checked together, where one schema says so", () => {
    expect(problemsOf(LONG, { level: 1, further: 5 })).toEqual([
      { path: "further", message: "must be of type string, was 5" },
    ]);
  });

  it("may have several types", () => {
    const written = { n: { type: ["integer", "null"] } };
    expect(bind(written, { n: null }).parameters).toEqual({ n: null });
    expect(problemsOf(written, { n: "x" })).toEqual([
      { path: "n", message: 'must be of type integer or null, was "x"' },
    ]);
  });

  it.each([
    ["a parameter of a type that there is not", { n: { type: "text" } }, "parameters.n.type"],
    ["a schema that is none", { n: { type: "string", pattern: "(" } }, "parameters.n"],
    ["a keyword that cannot be obeyed", { n: { not: { type: "string" } } }, "parameters.n"],
    [
      "a default that its items refuse",
      { n: { items: { type: "string" }, type: "array", default: [1] } },
      "parameters.n.default.0",
    ],
    [
      "a default in one schema",
      { type: "object", properties: { n: { type: "number", default: "x" } } },
      "parameters.properties.n.default",
    ],
    ["a declaration that is a text", { n: "string" }, "parameters.n"],
  ])("refuses %s", (_, parameters, path) => {
    const text = JSON.stringify({ name: "w", steps, parameters }, null, 2);
    const { problems } = readDefinitionText(text, "w.json");
    expect(problems).toMatchObject([{ code: "INVALID_FIELD", path, line: expect.any(Number) }]);
  });
});

describe("keywords of a declared parameter", () => {
  const problemsIn = (parameters: JsonObject) =>
    readDefinitionText(JSON.stringify({ name: "w", steps, parameters }), "w.json").problems.map(
      ({ path, message }) => `${path}: ${message.replace(/ \(line.*/, "")}`,
    );

  it.each<[string, JsonObject, string]>([
    ["minimum", { minimum: "a" }, 'minimum: must be a number, was "a"'],
    ["maximum", { maximum: "5" }, 'maximum: must be a number, was "5"; did you mean 5?'],
    ["exclusiveMinimum", { exclusiveMinimum: [] }, "exclusiveMinimum: must be a number, was []"],
    ["multipleOf", { multipleOf: 0 }, "multipleOf: must be a number above 0, was 0"],
    ["minLength", { minLength: -1 }, "minLength: must be a whole number of at least 0, was -1"],
    [
      "maxItems",
      { maxItems: "3" },
      'maxItems: must be a whole number of at least 0, was "3"; did you mean 3?',
    ],
    ["pattern", { pattern: 5 }, "pattern: must be a text, was 5"],
    [
      "uniqueItems",
      { uniqueItems: "true" },
      'uniqueItems: must be true or false, was "true"; did you mean true?',
    ],
    ["anyOf", { anyOf: [] }, "anyOf: must be a list with at least one schema, was []"],
    ["properties", { properties: ["a"] }, 'properties: must be an object of schemas, was ["a"]'],
    ["items", { items: "string" }, 'items: must be a schema: an object, true or false, was "string"'],
    ["bounds", { minimum: 5, maximum: 3 }, "minimum: must be at most maximum, which is 3, was 5"],
  ])("must have a value that makes sense: %s", (_, declaration, expected) => {
    expect(problemsIn({ n: declaration })).toEqual([`parameters.n.${expected}`]);
    const long = { type: "object", properties: { n: declaration } };
    expect(problemsIn(long)).toEqual([`parameters.properties.n.${expected}`]);
  });

  it("are looked at however deep they are, all at once, with what was meant", () => {
    const deep = {
      anyOf: [{ type: "nubmer" }, { properties: { x: { items: { required: "a", enum: [] } } } }],
    };
    expect(problemsIn({ n: deep, m: { not: { minItems: 0.5 } } })).toEqual([
      "parameters.n.anyOf.0.type: must be one of string, number, integer, boolean, array, object, null, or a list of them, was \"nubmer\"; did you mean 'number'?",
      'parameters.n.anyOf.1.properties.x.items.required: must be a list of names, was "a"; did you mean ["a"]?',
      "parameters.n.anyOf.1.properties.x.items.enum: must be a list with at least one value, was []",
      "parameters.m.not.minItems: must be a whole number of at least 0, was 0.5",
    ]);
  });

  it("of one schema for all have sense as well", () => {
    const properties = { n: { type: "number" } };
    expect(problemsIn({ type: "object", properties, required: true, minProperties: "1" })).toEqual([
      "parameters.required: must be a list of names, was true",
      'parameters.minProperties: must be a whole number of at least 0, was "1"; did you mean 1?',
    ]);
  });

  it("may be of any draft, and anything that is no keyword", () => {
    const old = { type: "number", minimum: 1, exclusiveMinimum: true, minimumm: "a", "x-note": -1 };
    expect(
      problemsIn({ n: old, minimum: { type: "string" }, items: { type: "array", items: true } }),
    ).toEqual([]);
  });
});

describe("undeclaredParameters", () => {
  it("names what is wrong with the declared ones, too", () => {
    const declared = {
      keep: { type: "integer", minimum: 1 },
      path: { type: "string", required: true },
    } as const;
    const error = undeclaredParameters("deploy", ["foo"], declared, { keep: 0, foo: 1 });
    expect(error.message).toBe(
      "Workflow 'deploy' has no parameter 'foo'; keep must be at least 1, was 0; path is required",
    );
    expect(error.details["problems"]).toHaveLength(2);
    expect(undeclaredParameters("deploy", ["foo"], { keep: {} }).details).not.toHaveProperty("problems");
  });
});
