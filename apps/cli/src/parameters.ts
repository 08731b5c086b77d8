import { existsSync, readFileSync } from "node:fs";
import { errorMessage, InvalidParametersError, isObject, type JsonObject, type JsonValue } from "@orch/core";
import type { ParameterDeclaration } from "@orch/engine";

/** Where parameters come from on the command line. */
export interface ParameterSources {
  /** `key=value` texts, the later wins. */
  readonly param: readonly string[];
  /** A JSON file with an object; `-` is standard input. What `param` says wins. */
  readonly paramsFile?: string;
}

type Declared = Readonly<Record<string, ParameterDeclaration>>;
/** The type of a parameter that has one: where it may have several, what is written decides. */
type ParameterType = Extract<ParameterDeclaration["type"], string> | undefined;

/**
 * The parameters of a run. A value is read as the type that the workflow declares for it; without one as JSON where it is
 * JSON, else as text. Throws INVALID_PARAMETERS.
 */
export function readParameters({ param, paramsFile }: ParameterSources, declared: Declared): JsonObject {
  const entries = paramsFile === undefined ? [] : Object.entries(readFile(paramsFile));
  const parameters = new Map<string, JsonValue>(entries);
  for (const text of param) {
    const at = text.indexOf("=");
    if (at < 1) throw notAssigned(text);
    const key = text.slice(0, at);
    const type = Object.hasOwn(declared, key) ? declared[key]?.type : undefined;
    const one = Array.isArray(type) ? undefined : type;
    parameters.set(key, readValue(text.slice(at + 1), one, key));
  }
  // Unlike an assignment this makes an own property of every key, `__proto__` too.
  return Object.fromEntries(parameters);
}

const notAssigned = (text: string): InvalidParametersError =>
  new InvalidParametersError(`A parameter is written key=value, was '${text}'`, {
    details: { value: text },
    suggestions: ["For example: -p code_path=./src"],
  });

function readFile(path: string): JsonObject {
  const name = path === "-" ? "on standard input" : `in ${path}`;
  if (path !== "-" && !existsSync(path))
    throw new InvalidParametersError(`There is no parameters file ${path}`, {
      details: { path },
      suggestions: ["Check the path given with --params-file."],
    });
  let read: unknown;
  try {
    read = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path === "-" ? 0 : path)),
    );
  } catch (cause) {
    throw new InvalidParametersError(`The parameters ${name} cannot be used: ${errorMessage(cause)}`, {
      details: { path },
      suggestions: ['Give one JSON object, such as {"code_path": "./src"}.'],
      cause,
    });
  }
  if (isObject(read) && !Array.isArray(read)) return read as JsonObject;
  const kind = Array.isArray(read) ? "an array" : JSON.stringify(read).slice(0, 40);
  throw new InvalidParametersError(`The parameters ${name} must be one JSON object, were ${kind}`, {
    details: { path },
    suggestions: ['Give one JSON object, such as {"code_path": "./src"}.'],
  });
}

function readValue(text: string, type: ParameterType, key: string): JsonValue {
  if (type === "string") return text;
  const value = fromJson(text);
  // A list of words is easier to type than JSON: -p focus_areas=size,complexity
  if (type === "array" && !Array.isArray(value))
    return text === "" ? [] : text.split(",").map((part) => part.trim());
  if (type === undefined) return value === undefined || isChanged(value, text) ? text : value;
  if (isInexact(value))
    throw new InvalidParametersError(
      `Parameter '${key}' is ${text}, which a number here cannot hold exactly`,
      {
        details: { problems: [{ path: key, message: `must be a number that can be held, was ${text}` }] },
        suggestions: [`Give a whole number up to ${Number.MAX_SAFE_INTEGER}, or declare a string.`],
      },
    );
  if (value !== undefined) return value;
  throw new InvalidParametersError(`Parameter '${key}' must be of type ${type}, was '${text}'`, {
    details: { problems: [{ path: key, message: `must be of type ${type}, was '${text}'` }] },
    suggestions: [`For example: -p ${key}=${EXAMPLES[type]}`],
  });
}

/** A version such as 1.10, or a long number, would come back as another text: it is kept as it was written. */
const isChanged = (value: JsonValue, text: string): boolean =>
  typeof value === "number" && String(value) !== text.trim();

/** Beyond what a double holds: digits would be lost without a word. */
const isInexact = (value: JsonValue | undefined): boolean =>
  typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;

const EXAMPLES: Readonly<Record<Exclude<ParameterType, undefined | "string">, string>> = {
  number: "0.5",
  integer: "3",
  boolean: "true",
  array: "a,b",
  object: '\'{"key": "value"}\'',
  null: "null",
};

function fromJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
