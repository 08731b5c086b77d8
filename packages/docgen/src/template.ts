import { needObject, needText, readArgument } from "@orch/core/base";

/**
 * What stands for the names in a template: texts are inserted as they are, `null` as nothing, other values as JSON. A name
 * that is missing, inherited or `undefined` stays as it is written. A value that has no JSON is refused: INVALID_PARAMETERS.
 */
export type TemplateVariables = Readonly<Record<string, unknown>>;

/** A template that was read once, to be filled any number of times. */
export type CompiledTemplate = (variables: TemplateVariables) => string;

/** Where the next `{{name}}` of a text is. */
interface Place {
  /** Where its braces open. */
  readonly from: number;
  /** Behind its closing braces. */
  readonly to: number;
  readonly name: string;
}

/**
 * `text` with each `{{name}}` or `{{ name }}` replaced by its variable, in one pass: what is inserted is never looked at
 * again. Of braces in braces the inner ones count. Linear in the length of the text and of what is inserted.
 */
export function renderTemplate(text: string, variables: TemplateVariables): string {
  needText("text", text);
  needObject("variables", variables);
  let filled = "";
  let at = 0;
  for (let next = nextPlace(text, at); next !== null; next = nextPlace(text, at)) {
    const value = textOf(next.name, variables);
    filled += text.slice(at, value === undefined ? next.to : next.from);
    if (value !== undefined) filled += value;
    at = next.to;
  }
  return filled + text.slice(at);
}

/** The same for a template that is filled more than once. The parts of the text are kept. */
export function compileTemplate(text: string): CompiledTemplate {
  needText("text", text);
  const places: { readonly before: string; readonly name: string; readonly written: string }[] = [];
  let at = 0;
  for (let next = nextPlace(text, at); next !== null; next = nextPlace(text, at)) {
    const { from, to, name } = next;
    places.push({ before: text.slice(at, from), name, written: text.slice(from, to) });
    at = to;
  }
  const rest = text.slice(at);
  return (variables) => {
    needObject("variables", variables);
    let filled = "";
    for (const { before, name, written } of places) filled += before + (textOf(name, variables) ?? written);
    return filled + rest;
  };
}

function nextPlace(text: string, at: number): Place | null {
  const open = text.indexOf("{{", at);
  if (open < 0) return null;
  const close = text.indexOf("}}", open + 2);
  if (close < 0) return null;
  // Not in front of the opening, and no further back than that: each letter is looked at once more at most.
  const from = text.lastIndexOf("{{", close - 2);
  return { from, to: close + 2, name: text.slice(from + 2, close).trim() };
}

function textOf(name: string, variables: TemplateVariables): string | undefined {
  if (!Object.hasOwn(variables, name)) return undefined;
  const value = variables[name];
  if (typeof value === "string") return value;
  if (value === null) return "";
  return typeof value === "bigint" ? `${value}` : readArgument(name, () => JSON.stringify(value));
}
