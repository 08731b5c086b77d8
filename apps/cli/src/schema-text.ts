import { isObject, type JsonObject, type JsonValue } from "@orch/core";

/** The deepest part of a type that is written out. */
const DEEPEST = 3;

/** What a JSON Schema says of a value, in a word or two: `string`, `"small" | "large"`, `number[]`. */
export function typeText(schema: unknown, depth = 0): string {
  if (!isObject(schema) || depth > DEEPEST) return "any";
  const { type, enum: words, const: only, anyOf, oneOf, items } = schema as JsonObject;
  if (only !== undefined) return JSON.stringify(only);
  const inner = (each: JsonValue) => typeText(each, depth + 1);
  if (Array.isArray(words)) return words.map((word) => JSON.stringify(word)).join(" | ");
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return [...new Set(choices.map(inner))].join(" | ");
  if (type === "array") return arrayText(items === undefined ? "any" : inner(items));
  if (Array.isArray(type)) return type.join(" | ");
  return typeof type === "string" ? type : "any";
}

const arrayText = (item: string): string => (item.includes(" ") ? `(${item})[]` : `${item}[]`);

/**
 * The properties of a JSON Schema of objects as rows of a table: name, type, what it means, and before that whether it must
 * be given or what it is else (`input`), or that it may be missing (`output`). A schema of something else is one row, without
 * a name.
 */
export function schemaRows(schema: JsonObject, side: "input" | "output"): string[][] {
  const { properties, required, description } = schema;
  if (!isObject(properties) || Object.keys(properties).length === 0) {
    const text = typeof description === "string" ? description : "";
    return [[typeText(schema), text].filter((part) => part !== "")];
  }
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, each]) => {
    const { default: fallback, description: text } = isObject(each) ? (each as JsonObject) : {};
    const isNeeded = needed.includes(name);
    const need = side === "input" ? (isNeeded ? "required" : "") : isNeeded ? "" : "optional";
    return [
      name,
      typeText(each),
      fallback === undefined ? need : `= ${JSON.stringify(fallback)}`,
      typeof text === "string" ? text : "",
    ];
  });
}
