import { describe, expect, it } from "vitest";
import { schemaRows, typeText } from "./schema-text.ts";

describe("typeText", () => {
  it.each([
    [{ type: "string" }, "string"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ enum: ["small", "large"] }, '"small" | "large"'],
    [{ type: "array", items: { type: "number" } }, "number[]"],
    [{ type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } }, "(string | number)[]"],
    [{ type: "array" }, "any[]"],
    [{ oneOf: [{ const: 1 }, { type: "string" }] }, "1 | string"],
    [{}, "any"],
    [null, "any"],
  ])("writes %j as %s", (schema, text) => {
    expect(typeText(schema)).toBe(text);
  });

  it("ends where a schema is deeper than anybody reads", () => {
    let schema: object = { type: "string" };
    for (let depth = 0; depth < 1000; depth++) schema = { type: "array", items: schema };
    expect(typeText(schema)).toBe("any[][][][]");
  });
});

describe("schemaRows", () => {
  it("has a row for each property, with what it is when it is left out", () => {
    const properties = {
      path: { type: "string", description: "where" },
      depth: { type: "integer", default: 3 },
      tags: { type: "array" },
    };
    const schema = { type: "object", properties, required: ["path"] };
    expect(schemaRows(schema, "output").map(([, , need]) => need)).toEqual(["", "= 3", "optional"]);
    expect(schemaRows(schema, "input")).toEqual([
      ["path", "string", "required", "where"],
      ["depth", "integer", "= 3", ""],
      ["tags", "any[]", "", ""],
    ]);
  });

  it("has one row for what is no object, or says nothing of its properties", () => {
    expect(schemaRows({ type: "number", description: "points" }, "input")).toEqual([["number", "points"]]);
    expect(schemaRows({ type: "object", properties: {} }, "input")).toEqual([["object"]]);
  });
});
