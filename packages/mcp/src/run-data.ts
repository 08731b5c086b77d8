import { isObject, type JsonObject, type JsonValue } from "@orch/core";
import { detailOf } from "./error-detail.ts";
import type { McpErrorDetail } from "./mcp-result.ts";
import type { RunOutcome } from "./orchestration-api.ts";
import { replyText } from "./reply-text.ts";
import type { ToolContext } from "./tool.ts";

/** Keys whose texts say what went wrong. */
const ERROR_KEYS: ReadonlySet<string> = new Set([
  "at",
  "error",
  "errors",
  "message",
  "warning",
  "warnings",
  "suggestions",
]);
/** Keys of what went wrong that an action may have filled with anything. */
const OPAQUE: ReadonlySet<string> = new Set([
  "output",
  "result",
  "data",
  "parameters",
  "parameters_used",
  "outputs",
]);
/** What a step is reduced to. */
const STEP_FIGURES = ["success", "status", "execution_time", "attempts", "error", "error_code"] as const;
const MOST_STEPS = 20;

type Limits = Pick<ToolContext, "budget" | "host">;

/**
 * What a run gave, as data of a result. Above the budget it is summarized: first without the execution, whose results are
 * there anyway, then without outputs, then with the first steps that went wrong; `trimmed` says so. Nothing is cut off in
 * the middle: all of it is in the resource of the run.
 */
export function runData(outcome: RunOutcome, { budget, host }: Limits): JsonObject {
  const whole = withCleanErrors(outcome as unknown as JsonObject, host.config.baseDir);
  if (budget === null || sizeOf(whole) <= budget) return whole;
  const stages = [
    (data: JsonObject) => ({ ...data, result: null }),
    (data: JsonObject) => ({ ...data, results: mapSteps(data, (step) => pick(step, STEP_FIGURES)) }),
    (data: JsonObject) => ({ ...data, ...failuresOf(data) }),
    (data: JsonObject) => ({ ...data, details: {}, suggestions: [], results: {} }),
  ];
  let data: JsonObject = { ...whole, trimmed: true };
  for (const stage of stages) {
    data = stage(data);
    if (sizeOf(data) <= budget) break;
  }
  return data;
}

/** What went wrong with a run; null where nothing did. */
export function runError(outcome: RunOutcome, { host }: Pick<ToolContext, "host">): McpErrorDetail | null {
  if (outcome.success) return null;
  const { error, error_type, error_code, details = {}, suggestions = [] } = outcome;
  return detailOf(
    {
      error: error ?? "The work failed",
      error_type: error_type ?? "WorkflowExecutionError",
      error_code: error_code ?? "WORKFLOW_EXECUTION_FAILED",
      // The whole run is in the data.
      details: Object.fromEntries(Object.entries(details).filter(([key]) => key !== "execution")),
      suggestions,
    },
    host.config.baseDir,
  );
}

const sizeOf = (value: JsonObject): number => JSON.stringify(value).length;

const stepsOf = (data: JsonObject): [string, JsonObject][] =>
  isObject(data["results"]) ? (Object.entries(data["results"]) as [string, JsonObject][]) : [];

const mapSteps = (data: JsonObject, change: (step: JsonObject) => JsonObject): JsonObject =>
  Object.fromEntries(stepsOf(data).map(([name, step]) => [name, change(step)]));

const pick = (step: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (step[key] === undefined ? [] : [[key, step[key]]])));

/** Of many steps: how many there are by status, and the first that went wrong. */
function failuresOf(data: JsonObject): JsonObject {
  const counts: Record<string, number> = {};
  for (const [, { status }] of stepsOf(data)) counts[String(status)] = (counts[String(status)] ?? 0) + 1;
  const wrong = stepsOf(data).filter(([, { success, status }]) => success !== true && status !== "skipped");
  return { steps_by_status: counts, results: Object.fromEntries(wrong.slice(0, MOST_STEPS)) };
}

/** A copy in which what is said of errors has no paths and stacks; what actions returned stays as it is. */
export function withCleanErrors(value: JsonObject, baseDir: string): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      ERROR_KEYS.has(key) ? cleaned(each, baseDir) : inner(key, each, baseDir),
    ]),
  );
}

function inner(key: string, value: JsonValue, baseDir: string): JsonValue {
  // The result of a run is its execution; that of a task has the dict of the task.
  const isOpaque = OPAQUE.has(key) && !(key === "result" && isObject(value) && "status" in value);
  return isOpaque || !isObject(value) ? value : withCleanErrors(value as JsonObject, baseDir);
}

function cleaned(value: JsonValue, baseDir: string): JsonValue {
  if (typeof value === "string") return replyText(value, baseDir);
  if (Array.isArray(value)) return value.map((each) => cleaned(each, baseDir));
  return isObject(value) ? withCleanErrors(value as JsonObject, baseDir) : value;
}
