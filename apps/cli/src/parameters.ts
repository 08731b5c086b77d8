import { readFileSync } from "node:fs";
import { errorMessage, InvalidParametersError, isObject, type JsonObject, type JsonValue } from "@orch/core";
import type { ParameterDeclaration } from "@orch/engine";

/** Where parameters come from on the command line. */
export interface ParameterSources {
  /** `key=value` texts, the later wins. */
  readonly param: readonly string[];
  /** A JSON file with an object; `-` is standard input. */
  readonly paramsFile?: string;
}

/**
 * The parameters of a run. A value is read as the type that the workflow declares for it; without one as JSON where it is
 * JSON, else as text. Throws INVALID_PARAMETERS.
 */
export function readParameters({ param, paramsFile }: ParameterSources, declared: Readonly<Record<string, ParameterDeclaration>>): JsonObject {
  const parameters: Record<string, JsonValue> = paramsFile === undefined ? {} : { ...readFile(paramsFile) };
  for (const text of param) {
    const at = text.indexOf("=");
    if (at < 1) {
      throw new InvalidParametersError(`A parameter is written key=value, was '${text}'`, { details: { value: text }, suggestions: ["For example: -p code_path=./src"] });
    }
    const key = text.slice(0, at);
    parameters[key] = valueOf(text.slice(at + 1), declared[key]?.type, key);
  }
  return parameters;
}

function readFile(path: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path === "-" ? 0 : path, "utf8"));
  } catch (cause) {
    throw new InvalidParametersError(`The parameters file ${path} cannot be used: ${errorMessage(cause)}`, { details: { path }, cause, suggestions: ["It must hold one JSON object."] });
  }
  if (isObject(parsed)) return parsed as JsonObject;
  throw new InvalidParametersError(`The parameters file ${path} must hold one JSON object`, { details: { path } });
}

function valueOf(text: string, type: ParameterDeclaration["type"], key: string): JsonValue {
  if (type === "string") return text;
  const value = parsed(text);
  // A list of words is easier to type than JSON: -p focus_areas=size,complexity
  if (type === "array" && !Array.isArray(value)) return text === "" ? [] : text.split(",").map((part) => part.trim());
  if (value !== undefined) return value;
  if (type === undefined) return text;
  throw new InvalidParametersError(`Parameter '${key}' must be of type ${type}, was '${text}'`, { details: { problems: [{ path: key, message: `must be of type ${type}` }] } });
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
