import { describe, expect, it } from "vitest";
import type { Tool } from "../src/tool.ts";
import { CORE_TOOLS, TOOLS } from "../src/tool-table.ts";

const told = ({ name, title, description, inputSchema, outputSchema, hints }: Tool) => ({
  name,
  title,
  description,
  inputSchema,
  outputSchema,
  annotations: hints,
});
const tokens = (tools: readonly Tool[]) => JSON.stringify({ tools: tools.map(told) }).length / 4;

/** All schemas in a schema. */
function schemasIn(schema: object): object[] {
  const { properties = {}, items, anyOf = [], additionalProperties } = schema as Record<string, never>;
  const inner = [...Object.values(properties), ...anyOf, items, additionalProperties].filter(
    (each): each is object => typeof each === "object" && each !== null,
  );
  return [schema, ...inner.flatMap(schemasIn)];
}

describe("the table of tools", () => {
  it("is told to every client as this", async () => {
    await expect(`${JSON.stringify(TOOLS.map(told), null, 2)}\n`).toMatchFileSnapshot("tool-table.json");
  });

  it("costs a model 4,000 tokens for those of the specification, 6,000 for all", () => {
    expect(tokens(CORE_TOOLS)).toBeLessThanOrEqual(4000);
    expect(tokens(TOOLS)).toBeLessThanOrEqual(6000);
  });

  it("says a type of everything, and of every argument what it is", () => {
    for (const { name, inputSchema, outputSchema } of TOOLS) {
      for (const schema of [...schemasIn(inputSchema), ...schemasIn(outputSchema)])
        expect("type" in schema || "anyOf" in schema, `${name}: ${JSON.stringify(schema)}`).toBe(true);
      for (const [key, schema] of Object.entries(inputSchema["properties"] as object))
        expect(schema.description, `${name}.${key}`).toEqual(expect.any(String));
      expect(inputSchema["additionalProperties"]).toBe(false);
    }
  });

  it("has names and hints that any host can take", () => {
    for (const { name, hints, title } of TOOLS) {
      expect(name).toMatch(/^[a-z][a-z_]{0,63}$/);
      expect(Object.values(hints).map((each) => typeof each)).toEqual([
        "boolean",
        "boolean",
        "boolean",
        "boolean",
      ]);
      expect(title).not.toBe("");
    }
    expect(new Set(TOOLS.map(({ name }) => name)).size).toBe(22);
  });
});
