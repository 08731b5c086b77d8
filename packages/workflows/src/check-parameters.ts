import { isObject, type JsonObject, type JsonValue, parseTemplate } from "@orch/core";
import type { z } from "zod";
import { declaredParameters } from "./parameter-declaration.ts";
import type { ValueProblem } from "./value-schema.ts";
import type { Workflow } from "./workflow.ts";

type Written = Workflow["parameters"];

/**
 * What an action will refuse in the parameters of a step, as far as it can be told before a run: what references stand
 * for is known only where they name declared parameters with a default. A key that the step lacks may come from a
 * parameter of the run.
 */
export const checkParameters = (
  own: JsonObject,
  schema: z.ZodType,
  written: Written,
): readonly ValueProblem[] => parameterCheck(written)(own, schema);

/** The same for many steps of one workflow, whose declared parameters are `written`. */
export function parameterCheck(
  written: Written,
): (own: JsonObject, schema: z.ZodType) => readonly ValueProblem[] {
  const declared = declaredParameters(written);
  const names = Object.keys(declared);
  const filled = Object.fromEntries(
    Object.entries(declared).flatMap(([name, { default: fallback }]) =>
      fallback === undefined ? [] : [[name, fallback as JsonValue]],
    ),
  );
  return (own, schema) => {
    const known = withDefaults(own, declared) as JsonObject;
    return issuesOf(schema, { ...filled, ...known })
      .filter((issue) => isCertain(issue, known, names))
      .map(({ path, message }) => ({ path: path.join("."), message }));
  };
}

/** A schema may also throw, or want to wait: then nothing can be told. */
function issuesOf(schema: z.ZodType, value: JsonObject): readonly z.core.$ZodIssue[] {
  try {
    return schema.safeParse(value, { reportInput: true }).error?.issues ?? [];
  } catch {
    return [];
  }
}

/** A copy of `value` with references to declared parameters replaced by their defaults. */
function withDefaults(value: JsonValue, declared: ReturnType<typeof declaredParameters>): JsonValue {
  if (typeof value === "string") {
    const fallback = defaultOf(value, declared);
    return fallback === undefined ? value : fallback;
  }
  if (Array.isArray(value)) return value.map((item: JsonValue) => withDefaults(item, declared));
  if (!isObject(value)) return value;
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(value)) copy[key] = withDefaults(value[key] as JsonValue, declared);
  return copy;
}

/** A reference to a part of something: no default stands for it. */
const PART = /^\{\{[\w-]+\./;

function defaultOf(text: string, declared: ReturnType<typeof declaredParameters>): JsonValue | undefined {
  const only = PART.test(text) ? null : onlyPlaceholder(text);
  if (only === null || only.path.length > 0 || !Object.hasOwn(declared, only.name)) return undefined;
  return declared[only.name]?.default as JsonValue | undefined;
}

const onlyPlaceholder = (value: JsonValue) => {
  const [only, ...others] = typeof value === "string" && value.includes("{") ? parseTemplate(value) : [];
  return others.length > 0 || typeof only === "string" || only === undefined ? null : only;
};

/** Whether a run cannot make it right: what is refused is not, and does not hold, something that is unknown yet. */
function isCertain(issue: z.core.$ZodIssue, own: JsonObject, declared: readonly string[]): boolean {
  const [key] = issue.path;
  if (key === undefined) return false;
  // A key that the step lacks may be given with the run, where the workflow does not say what can be given.
  if (!Object.hasOwn(own, key)) return declared.length > 0 && !declared.includes(String(key));
  let at: JsonValue | undefined = own;
  for (const part of issue.path) {
    if (hasReference(at, false)) return false;
    at = (at as Record<PropertyKey, JsonValue> | undefined)?.[part];
  }
  // Text around a reference stays text, whatever that stands for.
  const isText = typeof at === "string" && onlyPlaceholder(at) === null;
  if (isText && hasReference(at, false)) return issue.code === "invalid_type";
  return !hasReference(at, true);
}

/** Whether a value is a text with references, or, with `deep`, holds one. */
function hasReference(value: JsonValue | undefined, deep: boolean): boolean {
  if (typeof value === "string")
    return value.includes("{") && parseTemplate(value).some((part) => typeof part !== "string");
  if (!deep || typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => hasReference(inner as JsonValue, true));
}
