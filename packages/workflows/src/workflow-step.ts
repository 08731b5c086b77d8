import { dataClass, findLossy, type JsonObject, nested } from "@orch/core";
import { ISOLATIONS, TaskPriority, TaskResource } from "@orch/tasks";
import { z } from "zod";

/** A name of a step: it stands in references, so it has no dot. */
const STEP_NAME = /^(?!__proto__$)[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/;

const parametersSchema = z.custom<JsonObject>().superRefine((value: unknown, context) => {
  const lossy = findLossy(value);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (lossy === null && isObject) return;
  const path = lossy === null || lossy.path === "" ? [] : lossy.path.slice(1).split("/");
  const message = lossy === null ? "must be an object" : `is ${lossy.reason}, which JSON cannot hold`;
  context.addIssue({ code: "custom", message, path });
});

const stepSchema = z.object({
  name: z.string().regex(STEP_NAME, "must be letters, digits, _ and -, at most 128"),
  description: z.string().default(""),
  module: z.string().min(1, "must not be empty"),
  action: z.string().min(1, "must not be empty"),
  parameters: parametersSchema.default(() => ({})),
  dependencies: z.array(z.string()).default(() => []),
  timeoutMs: z.number().positive("must be above 0").nullable().default(null),
  retryCount: z
    .unknown()
    .transform(() => 0)
    .default(0),
  maxRetries: z
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(20, "must be 20 at most")
    .default(3),
  retryDelayMs: z.number().min(0, "must not be negative").default(1000),
  runIf: z.string().nullable().default(null),
  required: z.boolean().default(true),
  priority: z.enum(TaskPriority).default("normal"),
  resources: z.array(nested(TaskResource)).default(() => []),
  isolation: z.enum(ISOLATIONS).nullable().default(null),
});

/** One step of a workflow: an action, what it gets, what it waits for. Durations are milliseconds, in dicts seconds. */
export class WorkflowStep extends dataClass(stepSchema, {
  name: "step",
  aliases: { depends_on: "dependencies", dependsOn: "dependencies" },
}) {
  /** The form in which a step is written: the eight keys that every step has, others only where they say something. */
  override toDict(): JsonObject {
    return Object.fromEntries(
      Object.entries(super.toDict()).filter(([key, value]) => ALWAYS.has(key) || !saysNothing(key, value)),
    );
  }
}

/** What a {@link WorkflowStep} is made from. */
export type WorkflowStepInit = z.input<typeof stepSchema>;

const ALWAYS: ReadonlySet<string> = new Set([
  "name",
  "module",
  "action",
  "parameters",
  "dependencies",
  "timeout",
  "retry_count",
  "max_retries",
]);
const DEFAULTS: JsonObject = {
  description: "",
  retry_delay: 1,
  run_if: null,
  required: true,
  priority: "normal",
  resources: [],
  isolation: null,
};
const saysNothing = (key: string, value: unknown): boolean =>
  Object.hasOwn(DEFAULTS, key) && JSON.stringify(DEFAULTS[key]) === JSON.stringify(value);
