import { needFunction, needText, readArgument, unreadable } from "./argument.ts";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** A reference in a text: `{{name.path}}` or `${name.path}`. */
export interface Placeholder {
  /** As it is written, for messages. */
  readonly text: string;
  readonly form: "braces" | "dollar";
  /** The first part. */
  readonly name: string;
  /** The parts behind it: keys, or array indexes as text. */
  readonly path: readonly string[];
}

/** Gives the value for a placeholder; what it throws ends the interpolation. `undefined` leaves the text as it is. */
export type Resolve = (placeholder: Placeholder) => JsonValue | undefined;

/**
 * An escaped opening, or braces around characters that a reference may have, 512 at most. These are no braces, so what
 * one opening looks at no other does, and the bound keeps the stack of the matcher small: linear, whatever the text.
 */
const TOKEN = /\\(?:\{\{|\$\{)|\{\{([\w.[\]\s-]{1,512})\}\}|\$\{([\w.[\]\s-]{1,512})\}/g;
const ESCAPE = /\\(\{\{|\$\{)/g;
const REFERENCE = /^[A-Za-z0-9_][\w-]*(?:\.[\w-]+|\[\d+\])*$/;

/**
 * The parts of a text, in order: literal strings and placeholders. `\{{` and `\${` stand for the literal braces; text in
 * braces that is no reference stays as it is, and so does a reference of more than 512 characters. One pass, linear in
 * the length.
 */
export function parseTemplate(text: string): (string | Placeholder)[] {
  needText("text", text);
  const only = readOnly(text);
  if (only !== null) return [only];
  const parts: (string | Placeholder)[] = [];
  let from = 0;
  for (const { 0: whole, 1: inBraces, 2: behindDollar, index } of text.matchAll(TOKEN)) {
    const placeholder = readPlaceholder(whole, inBraces, behindDollar);
    if (placeholder === null) continue;
    if (index > from) parts.push(withoutEscapes(text.slice(from, index)));
    parts.push(placeholder);
    from = index + whole.length;
  }
  if (from < text.length || parts.length === 0) parts.push(withoutEscapes(text.slice(from)));
  return parts;
}

/** The placeholder that a text is, as most texts with braces are; null where it is something else, or may be. */
function readOnly(text: string): Placeholder | null {
  if (!text.startsWith("{{") || !text.endsWith("}}") || text.length > MOST_CHARACTERS) return null;
  return readPlaceholder(text, text.slice(2, -2));
}

/** Of a placeholder with its braces. */
const MOST_CHARACTERS = 516;

const withoutEscapes = (literal: string): string =>
  literal.includes("\\") ? literal.replaceAll(ESCAPE, "$1") : literal;

function readPlaceholder(text: string, inBraces?: string, behindDollar?: string): Placeholder | null {
  const reference = (inBraces ?? behindDollar ?? "").trim();
  if (!REFERENCE.test(reference)) return null;
  const dotted = reference.includes("[") ? reference.replaceAll(/\[(\d+)\]/g, ".$1") : reference;
  const [name = "", ...path] = dotted.split(".");
  return { text, form: inBraces === undefined ? "dollar" : "braces", name, path };
}

/**
 * `value` with every placeholder in its strings (at any depth, not in keys) replaced. A string that is one placeholder
 * becomes the value with its type; inside a longer string a string is inserted as it is, anything else as compact JSON.
 * What is inserted is never looked at again. Linear in the size of the result; the input is not changed, and parts in which
 * nothing is replaced are parts of the result.
 */
export function interpolate(value: JsonValue, resolve: Resolve): JsonValue {
  needFunction("resolve", resolve);
  try {
    return fill(value, resolve);
  } catch (error) {
    throw unreadable("value", error);
  }
}

function fill(value: JsonValue, resolve: Resolve): JsonValue {
  if (typeof value === "string") return interpolateText(value, resolve);
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => fill(item, resolve));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  return isObject(value) ? fillObject(value as JsonObject, resolve) : value;
}

function fillObject(object: JsonObject, resolve: Resolve): JsonObject {
  let replaced: [key: string, value: JsonValue][] | null = null;
  for (const key of Object.keys(object)) {
    const inner = object[key] as JsonValue;
    // Most values are short and hold no placeholder.
    if (typeof inner === "number" || (typeof inner === "string" && !inner.includes("{"))) continue;
    const value = fill(inner, resolve);
    if (value === inner) continue;
    replaced ??= [];
    replaced.push([key, value]);
  }
  // Not by assignment: a key may be one that would change what the object inherits.
  return replaced === null ? object : { ...object, ...Object.fromEntries(replaced) };
}

function interpolateText(text: string, resolve: Resolve): JsonValue {
  if (!text.includes("{")) return text;
  const parts = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== "string") {
    const value = resolve(only);
    return value === undefined ? only.text : value;
  }
  return parts.map((part) => (typeof part === "string" ? part : inserted(resolve(part), part))).join("");
}

function inserted(value: JsonValue | undefined, { text }: Placeholder): string {
  if (value === undefined) return text;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Every placeholder in the strings of `value`, in order of appearance, repeated ones included. */
export function placeholdersIn(value: JsonValue): Placeholder[] {
  const found: Placeholder[] = [];
  readArgument("value", () => collectPlaceholders(value, found));
  return found;
}

function collectPlaceholders(value: JsonValue, found: Placeholder[]): void {
  if (typeof value === "string") {
    if (!value.includes("{")) return;
    for (const part of parseTemplate(value)) if (typeof part !== "string") found.push(part);
  } else if (Array.isArray(value)) {
    for (const item of value as JsonValue[]) collectPlaceholders(item, found);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) collectPlaceholders(value[key] as JsonValue, found);
  }
}

/** What lies at `path` below `value`, or `undefined`. Own properties and array indexes only. */
export function valueAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    if (Array.isArray(at) && !/^\d+$/.test(key)) return undefined;
    at = (at as Record<string, JsonValue>)[key];
  }
  return at;
}
