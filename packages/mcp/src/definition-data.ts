import type { JsonObject } from "@orch/core";
import type { WorkflowReport } from "./orchestration-api.ts";

/** What a step is reduced to. */
const STEP_KEYS = ["name", "module", "action", "dependencies", "run_if"] as const;
/** What a definition is reduced to, when even its steps are too many. */
const HEAD_KEYS = ["name", "version", "mode"] as const;

/** Where all of a workflow can be read. */
const workflowUri = (name: string): string => `orch://workflows/${encodeURIComponent(name)}`;

/**
 * A workflow as data of a result. Above the budget, in characters, it is summarized: first without the graph, then with what
 * its steps call, then with the first of them; `trimmed` says so, `steps_count` how many there are, and `resource` where all
 * of it is. Nothing is cut off in the middle.
 */
export function definitionData(
  workflow_name: string,
  { definition, levels, diagram }: WorkflowReport,
  budget: number | null,
): JsonObject {
  const order = levels.map((level) => [...level]);
  const whole = { workflow_name, definition, levels: order, diagram };
  if (budget === null || sizeOf(whole) <= budget) return whole;
  const steps = stepsOf(definition).map((step) => pick(step, STEP_KEYS));
  const link = { trimmed: true, steps_count: steps.length, resource: workflowUri(workflow_name) };
  const base = { workflow_name, ...link };
  const first = { ...pick(definition, HEAD_KEYS), steps: [] as JsonObject[] };
  const stages = [
    () => ({ ...base, definition, levels: order }),
    () => ({ ...base, definition: { ...definition, steps }, levels: order }),
    () => ({ ...base, definition: { ...definition, steps } }),
  ];
  for (const stage of stages) {
    const data = stage();
    if (sizeOf(data) <= budget) return data;
  }
  const left = budget - sizeOf({ ...base, definition: first });
  return { ...base, definition: { ...first, steps: fitting(steps, left) } };
}

const sizeOf = (value: JsonObject): number => JSON.stringify(value).length;

const stepsOf = ({ steps }: JsonObject): JsonObject[] =>
  Array.isArray(steps) ? (steps as JsonObject[]) : [];

const pick = (from: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (from[key] == null ? [] : [[key, from[key]]])));

/** The first ones that take no more room than there is. */
function fitting(steps: readonly JsonObject[], room: number): JsonObject[] {
  let size = 0;
  const end = steps.findIndex((step) => {
    size += sizeOf(step) + 1;
    return size > room;
  });
  return end < 0 ? [...steps] : steps.slice(0, end);
}
