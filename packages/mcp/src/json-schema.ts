import type { JsonObject } from "@orch/core";
import { z } from "zod";

/** A JSON Schema (2020-12) of an object. */
export type ObjectSchema = JsonObject & { readonly type: "object" };

/** The JSON Schema of what a tool takes: every value in it has a type. */
export function inputSchemaOf(input: z.ZodObject): ObjectSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(input, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => shorten(jsonSchema),
  });
  return schema as unknown as ObjectSchema;
}

/** Every client reads all schemas at each start: what says nothing is left out. */
function shorten(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.propertyNames;
  if (JSON.stringify(schema.default) === "{}" || JSON.stringify(schema.default) === "[]")
    delete schema.default;
}

/** A type of JSON. */
export type FieldType = "string" | "integer" | "number" | "boolean" | "object" | "array";

/** One type in each place: clients that know no lists of types drop the tool. */
const NULL = { type: "null" };

/**
 * The JSON Schema that every result of a tool fits, good or bad: the whole is an `McpResult`, and no field of its data has
 * to be there. Only fields that are never null are told.
 */
export const outputSchemaOf = (data: Readonly<Record<string, FieldType>>): ObjectSchema => ({
  type: "object",
  properties: {
    status: { type: "string" },
    success: { type: "boolean" },
    data: { anyOf: [{ type: "object", properties: fieldSchemas(data) }, NULL] },
    error: { anyOf: [{ type: "object" }, NULL] },
  },
  required: ["status", "success"],
});

const fieldSchemas = (data: Readonly<Record<string, FieldType>>): JsonObject =>
  Object.fromEntries(Object.entries(data).map(([name, type]) => [name, { type }]));
