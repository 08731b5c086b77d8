import { isObject } from "@orch/core";
import { withCommands } from "./command-text.ts";

/**
 * A result for programs in which suggestions and hints name commands, with each as its user would type it: those of the result
 * itself, of its steps, and what makes an execution go on. What steps have given is left as it is.
 */
export function resultWithCommands<Result extends object>(result: Result): Result {
  const { suggestions, results, parked, result: inner } = result as Partial<Record<string, unknown>>;
  return {
    ...result,
    ...(Array.isArray(suggestions)
      ? { suggestions: suggestions.map((text) => withCommands(String(text))) }
      : {}),
    ...(isObject(parked) ? { parked: { ...parked, hint: withCommands(String(parked["hint"])) } } : {}),
    ...(isObject(results) ? { results: mapValues(results) } : {}),
    ...(isObject(inner) && "execution_id" in inner ? { result: resultWithCommands(inner) } : {}),
  };
}

const mapValues = (results: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(results).map(([step, value]) => [
      step,
      isObject(value) ? resultWithCommands(value) : value,
    ]),
  );
