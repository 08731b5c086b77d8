import {
  dataClass,
  InvalidParametersError,
  isObject,
  type JsonObject,
  type JsonValue,
  nested,
} from "@orch/core";
import { ISOLATIONS, TaskPriority, TaskResource } from "@orch/tasks";
import { z } from "zod";
import { delayField, limitField } from "./duration-field.ts";
import { ItemFailure } from "./item-failure.ts";
import { jsonField, jsonObjectField } from "./json-field.ts";
import { isItems, MOST_RETRIES, NO_PARAMETERS, PLAIN_STEP, STEP_NAME } from "./plain-step.ts";
import { StepRetry } from "./step-retry.ts";
import { StepUndo } from "./step-undo.ts";

const maxRetries = z
  .int("must be a whole number")
  .min(0, "must not be negative")
  .max(MOST_RETRIES, `must be ${MOST_RETRIES} at most`);

const foreach = jsonField
  .refine(isItems, {
    message: "must be a list, or one placeholder that stands for a list, such as {{files.output}}",
  })
  .transform((value) => value as JsonValue[] | string | null)
  .meta({ type: ["array", "string", "null"] });

const stepSchema = z.object({
  name: z
    .string()
    .regex(
      STEP_NAME,
      "must be letters, digits, _ and -, at most 128, and not __proto__, constructor or prototype",
    )
    .describe("Unique in the workflow; other steps refer to it by this name."),
  description: z.string().default("").describe("What the step is for."),
  module: z.string().min(1, "must not be empty").describe("Module that has the action."),
  action: z.string().min(1, "must not be empty").describe("Action of the module."),
  parameters: jsonObjectField
    .default(() => ({}))
    .describe("What the action gets; {{parameter}} and {{step.output.path}} stand for values."),
  dependencies: z
    .array(z.string())
    .default(() => [])
    .describe("Further steps to wait for; steps that are referred to need not be named."),
  timeoutMs: limitField.describe("Seconds for each attempt; null: no limit."),
  retryCount: z
    .unknown()
    .transform(() => 0)
    .default(0)
    .describe("Has no meaning in a definition."),
  maxRetries: maxRetries
    .default(3)
    .describe("Further attempts after the first; of workflow.run 0 where nothing is said."),
  retryDelayMs: delayField.default(1000).describe("Seconds before the first retry."),
  retry: nested(StepRetry)
    .meta({ definition: "retry" })
    .nullable()
    .default(null)
    .describe("How the delay grows, and what is retried."),
  runIf: z
    .string()
    .nullable()
    .default(null)
    .describe("Condition in CEL over params, steps and execution; false skips the step and what needs it."),
  required: z
    .boolean()
    .default(true)
    .describe("false: its failure is a warning, and what needs it runs with null."),
  foreach: foreach
    .default(null)
    .describe("Runs the action for each item of a list: {{item}} and {{index}} in the parameters."),
  maxParallel: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .nullable()
    .default(null)
    .describe("Items at once, with foreach; null: as many as the run may."),
  onItemFailure: z
    .enum(ItemFailure)
    .default("stop")
    .describe("What the failure of an item does to the others."),
  priority: z.enum(TaskPriority).default("normal").describe("Order among the steps that are ready."),
  resources: z
    .array(nested(TaskResource).meta({ definition: "resource" }))
    .default(() => [])
    .describe("What the step needs while it runs."),
  isolation: z.enum(ISOLATIONS).nullable().default(null).describe("Where the action runs; null: as it says."),
  cache: z
    .boolean()
    .nullable()
    .default(null)
    .describe("Whether an earlier result for the same input is used again; null: as the run says."),
  undo: nested(StepUndo)
    .meta({ definition: "undo" })
    .nullable()
    .default(null)
    .describe("Takes back what the step has done when the run fails or is cancelled."),
});

/** One step of a workflow: an action, what it gets, what it waits for. Durations are milliseconds, in dicts seconds. */
export class WorkflowStep extends dataClass(stepSchema, {
  name: "step",
  aliases: { depends_on: "dependencies", dependsOn: "dependencies" },
  constantDefaults: true,
  plainValues: PLAIN_STEP,
}) {
  constructor(init: z.input<typeof stepSchema>) {
    super(runsWorkflow(init) ? { maxRetries: 0, ...init } : init);
  }

  /** The form in which a step is written: the eight keys that every step has, others only where they say something. */
  override toDict(): JsonObject {
    return Object.fromEntries(
      Object.entries(super.toDict()).filter(([key, value]) => ALWAYS.has(key) || !saysNothing(key, value)),
    );
  }
}

/**
 * Whether a step runs another workflow and does not say how often it is tried. Its own steps have retries; all of it once
 * more is done only where that is asked for.
 */
const runsWorkflow = (init: unknown): boolean =>
  isObject(init) &&
  init["module"] === "workflow" &&
  init["action"] === "run" &&
  !Object.hasOwn(init, "maxRetries") &&
  !Object.hasOwn(init, "max_retries");

/** What a {@link WorkflowStep} is made from. */
export type WorkflowStepInit = z.input<typeof stepSchema>;

/**
 * The step that is written in an object of JSON that nobody else has, or null where it has problems; the object is not to
 * be used any more. What lies in its parameters is not looked at, since that it is JSON is known.
 */
export function readOwnStep(written: object): WorkflowStep | null {
  const fields = written as Record<string, unknown>;
  const { parameters } = fields;
  try {
    makeParts(fields);
    if (!isObject(parameters)) return WorkflowStep.fromDict(fields);
    fields["parameters"] = NO_PARAMETERS;
    const step = WorkflowStep.fromDict(fields);
    step.parameters = parameters as JsonObject;
    return step;
  } catch (error) {
    if (error instanceof InvalidParametersError) return null;
    throw error;
  }
}

/** Makes the parts of a step that are objects of their own, so that all its values are plain. */
function makeParts(fields: Record<string, unknown>): void {
  const { resources, retry, undo } = fields;
  if (Array.isArray(resources)) fields["resources"] = resources.map((each) => TaskResource.from(each));
  if (isObject(retry)) fields["retry"] = StepRetry.from(retry);
  if (isObject(undo)) fields["undo"] = StepUndo.from(undo);
}

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
  retry: null,
  run_if: null,
  required: true,
  foreach: null,
  max_parallel: null,
  on_item_failure: "stop",
  priority: "normal",
  resources: [],
  isolation: null,
  cache: null,
  undo: null,
};
const saysNothing = (key: string, value: unknown): boolean =>
  Object.hasOwn(DEFAULTS, key) && JSON.stringify(DEFAULTS[key]) === JSON.stringify(value);
