import type { JsonObject, JsonValue } from "@orch/core";
import type { Problem } from "./errors.ts";

/** Names that mean the same argument, in whichever way a tool calls it. */
const GROUPS: readonly (readonly string[])[] = [
  ["name", "workflow_name", "project_name", "task_name"],
  ["template", "template_name"],
  ["path", "project_path"],
  ["timeout", "timeout_seconds"],
  ["max_retries", "retry_count"],
];

/**
 * The arguments under the names that the tool has for them. Where two names of one argument are given with different
 * values, that is a problem.
 */
export function canonicalArguments(
  given: JsonObject,
  known: readonly string[],
): { readonly values: Record<string, JsonValue>; readonly problems: readonly Problem[] } {
  const values: Record<string, JsonValue> = {};
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(given)) {
    const canonical = canonicalName(key, known);
    if (!Object.hasOwn(values, canonical)) values[canonical] = value;
    else if (JSON.stringify(values[canonical]) !== JSON.stringify(value))
      problems.push({ path: key, message: `means ${canonical}, which is given with another value` });
  }
  return { values, problems };
}

/** What a tool with the arguments `known` calls an argument; the name itself where it means none of them. */
function canonicalName(key: string, known: readonly string[]): string {
  if (known.includes(key)) return key;
  const group = GROUPS.find((names) => names.includes(key)) ?? [];
  const meant = group.filter((each) => known.includes(each));
  return meant.length === 1 ? (meant[0] as string) : key;
}
