import { findLossy, type JsonObject } from "@orch/core";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { KEYS } from "../test/sandbox.ts";
import { Project } from "./project.ts";
import { ProjectStatus } from "./project-status.ts";
import { ProjectType } from "./project-type.ts";

const json = fc.dictionary(fc.string(), fc.jsonValue()).filter((value) => findLossy(value) === null);
const texts = fc.array(fc.string(), { maxLength: 4 });
const instant = fc
  .date({ min: new Date("1970-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString().replace("Z", "+00:00"));
const base = fc.record({
  name: fc.string({ minLength: 1 }),
  description: fc.string(),
  type: fc.oneof(fc.constantFrom(...Object.values(ProjectType)), fc.stringMatching(/^[a-z_]{1,9}$/)),
  path: fc.string(),
  status: fc.constantFrom(...Object.values(ProjectStatus)),
  version: fc.string(),
  template: fc.option(fc.string()),
  config: json,
  workflows: texts,
  active_workflows: texts,
  required_modules: texts,
  author: fc.string(),
  tags: texts,
  created_at: instant,
  updated_at: instant,
  milestones: json,
  metrics: json,
});
const known = new Set([
  ...KEYS,
  ...KEYS.map((key) => key.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase())),
]);
const unknown = fc
  .dictionary(fc.stringMatching(/^x_[a-z]{1,6}$/), fc.jsonValue())
  .filter((value) => findLossy(value) === null && Object.keys(value).every((key) => !known.has(key)));
const more = fc.record(
  { tasks: fc.array(fc.string(), { minLength: 1 }), resources: fc.array(fc.string(), { minLength: 1 }) },
  { requiredKeys: [] },
);

describe("Project", () => {
  it("writes what it has read: every key, known or not, in the order of the file", () => {
    fc.assert(
      fc.property(base, more, unknown, (fields, lists, extra) => {
        const file = JSON.parse(JSON.stringify({ ...fields, ...lists, ...extra })) as JsonObject;
        const written = Project.fromDict(file).toDict();
        expect(JSON.parse(JSON.stringify(written))).toEqual(file);
        expect(Object.keys(written).slice(0, KEYS.length)).toEqual(KEYS);
        expect(Project.fromDict(written).toDict()).toEqual(written);
      }),
      { numRuns: 300 },
    );
  });

  it("has 17 keys and no other, with its defaults", () => {
    const project = new Project({ name: "p" });
    expect(Object.keys(project.toDict())).toEqual(KEYS);
    expect(project).toMatchObject({
      type: "custom",
      status: "planning",
      version: "1.0.0",
      template: null,
      path: "",
    });
    expect(project.tags).not.toBe(new Project({ name: "q" }).tags);
    expectTypeOf(project.status).toEqualTypeOf<ProjectStatus>();
    expectTypeOf(project.createdAt).toEqualTypeOf<Date>();
  });

  it("keeps a type that it does not know, and nothing of it where it knows it", () => {
    const odd = Project.fromDict({ name: "p", type: "Submarine", metadata: { depth: 3 } });
    expect(odd).toMatchObject({ type: "custom", metadata: { original_type: "Submarine", depth: 3 } });
    expect(odd.toDict()).toMatchObject({ type: "Submarine", metadata: { depth: 3 } });
    expect(Project.fromDict({ name: "p", type: "Research" }).toDict()).toMatchObject({ type: "research" });
    const kept = Project.fromDict({ name: "p", type: "research", metadata: { original_type: "x" } }).toDict();
    expect(kept).toMatchObject({ type: "research", metadata: { original_type: "x" } });
  });

  it.each([[{}], [{ name: "" }], [{ name: "p", status: "odd" }], [{ name: "p", tags: [1] }], [null], [[]]])(
    "refuses %j",
    (dict) =>
      expect(() => Project.fromDict(dict)).toThrow(expect.objectContaining({ code: "INVALID_PARAMETERS" })),
  );
});
