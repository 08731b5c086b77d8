import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject } from "@orch/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { readDefinitionFile, readDefinitionText } from "../src/definition-files.ts";
import { definitionSchema } from "../src/definition-schema.ts";

const FOLDER = join(import.meta.dirname, "..");
const SHIPPED = join(FOLDER, "../../config/workflows/production");
const validate = new Ajv2020({ strict: false }).compile(definitionSchema());
const step = { name: "s", module: "m", action: "a" };
const aFile = (over: JsonObject = {}, stepOver: JsonObject = {}): JsonObject => ({
  name: "w",
  steps: [{ ...step, ...stepOver }],
  ...over,
});
/** Whether loading finds nothing wrong with it; what is not available yet counts as sound. */
const isSound = (file: JsonObject): boolean =>
  readDefinitionText(JSON.stringify(file), "w.json").problems.every(({ code }) => code === "UNAVAILABLE");

describe("the JSON Schema of workflow files", () => {
  it("is published as the package makes it", () => {
    const published: unknown = JSON.parse(readFileSync(join(FOLDER, "schema.json"), "utf8"));
    expect(published, "run the build of this package").toEqual(definitionSchema());
    const { exports, files } = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")) as {
      exports: Record<string, unknown>;
      files: string[];
    };
    expect(exports["./schema.json"]).toBe("./schema.json");
    expect(files).toContain("schema.json");
  });

  it("says of every field of a file what it is", () => {
    const { properties, $defs } = definitionSchema();
    const { step: inStep } = $defs as { step: { properties: JsonObject } };
    for (const [key, field] of [...Object.entries(properties ?? {}), ...Object.entries(inStep.properties)])
      expect(isObject(field) && field["description"], key).toEqual(expect.any(String));
  });

  it.runIf(existsSync(SHIPPED))("accepts every shipped workflow", () => {
    const files = readdirSync(SHIPPED);
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      expect(readDefinitionFile(join(SHIPPED, name)).problems, name).toEqual([]);
      validate(JSON.parse(readFileSync(join(SHIPPED, name), "utf8")));
      expect(validate.errors, name).toBeNull();
    }
  });

  it.each<[string, JsonObject]>([
    ["the shortest file", aFile()],
    [
      "a file without a name, with a schema and unknown keys",
      { $schema: "./x.json", steps: [step], owner: "me" },
    ],
    [
      "null where there is no value",
      aFile({ timeout: null, mode: null }, { timeout: null, run_if: null, retry: null }),
    ],
    ["seconds in fractions", aFile({ timeout: 0.5 }, { retry_delay: 0.1 })],
    ["parameters by name", aFile({ parameters: { a: { type: "array", items: { type: "string" } } } })],
    [
      "parameters as one schema",
      aFile({ parameters: { type: "object", properties: { a: { type: "string" } } } }),
    ],
    ["a parameter of the name type", aFile({ parameters: { type: { type: "string" } } })],
    ["a list to go through", aFile({}, { foreach: [1, 2], max_parallel: 2, on_item_failure: "continue" })],
    ["a reference to a list", aFile({ parameters: { list: {} } }, { foreach: "{{list}}" })],
    [
      "resources, retries and undo",
      aFile({}, { resources: [{ type: "cpu", amount: 1 }], retry: { factor: 3 }, undo: { action: "b" } }),
    ],
    ["outputs", aFile({ outputs: { all: ["{{s.output}}"] } })],
    [
      "dependencies under their other name",
      aFile({ steps: [step, { ...step, name: "t", depends_on: ["s"] }] }),
    ],
  ])("accepts %s, as loading does", (_, file) => {
    validate(file);
    expect(validate.errors).toBeNull();
    expect(isSound(file)).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ["no steps", { name: "w", steps: [] }],
    ["steps that are no list", { name: "w", steps: {} }],
    ["a name that leaves the folder", aFile({ name: "../w" })],
    ["a step without an action", { name: "w", steps: [{ name: "s", module: "m" }] }],
    ["a step name with a dot", aFile({}, { name: "a.b" })],
    ["a time limit of nothing", aFile({}, { timeout: 0 })],
    ["half a retry", aFile({}, { max_retries: 1.5 })],
    ["an unknown mode", aFile({ mode: "fast" })],
    ["an unknown policy for items", aFile({}, { foreach: [], on_item_failure: "skip" })],
    ["a resource of no type", aFile({}, { resources: [{ amount: 1 }] })],
    ["a parameter of no type", aFile({ parameters: { a: { type: "text" } } })],
    ["an undo without an action", aFile({}, { undo: {} })],
    ["dependencies that are no names", aFile({}, { dependencies: [1] })],
  ])("refuses %s, as loading does", (_, file) => {
    expect(validate(file)).toBe(false);
    expect(isSound(file)).toBe(false);
  });
});
