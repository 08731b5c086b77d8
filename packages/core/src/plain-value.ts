import type { z } from "zod";

/** Tells that a schema would take a value as it is. False where only the schema knows. */
export type IsPlain = (value: unknown) => boolean;

/**
 * Such a test for a schema of the simplest kinds: texts, truth values and words of a list without further checks, lists of
 * them, each with a default or not. Null for any other. A test costs a hundredth of what the schema costs the first few
 * times, and a tenth ever after.
 */
export function plainTest(type: z.ZodType): IsPlain | null {
  const { def } = type as unknown as { readonly def: Definition };
  switch (def.type) {
    case "default":
    case "optional":
      return def.innerType ? plainTest(def.innerType) : null;
    case "nullable":
      return orNull(def.innerType);
    case "string":
    case "boolean":
      return isChecked(def) ? null : (value) => typeof value === def.type;
    case "enum":
      return isChecked(def) ? null : isWordOf(Object.values(def.entries ?? {}));
    case "array":
      return isChecked(def) ? null : isListOf(def.element);
    default:
      return null;
  }
}

/** What is read of the definition of a schema. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly checks?: readonly unknown[];
  readonly coerce?: boolean;
}

const isChecked = ({ checks = [], coerce = false }: Definition): boolean => checks.length > 0 || coerce;

function orNull(type: z.ZodType | undefined): IsPlain | null {
  const test = type ? plainTest(type) : null;
  return test && ((value) => value === null || test(value));
}

function isWordOf(words: readonly unknown[]): IsPlain {
  const known = new Set(words);
  return (value) => known.has(value);
}

function isListOf(element: z.ZodType | undefined): IsPlain {
  const test = element ? plainTest(element) : null;
  // The schema makes a list of its own, of what it makes of the elements: lists in lists are left to it.
  const isOne = test && (element as unknown as { def: Definition }).def.type !== "array" ? test : () => false;
  return (value) => Array.isArray(value) && value.every(isOne);
}
