import { fromIso, invalid, type JsonObject } from "@orch/core";
import { z } from "zod";
import { secondsField } from "./duration-field.ts";
import { jsonField, jsonObjectField } from "./json-field.ts";
import type { WorkflowStep } from "./workflow-step.ts";

const message = z.string().min(1, "must not be empty");
const form = jsonObjectField.default(() => ({}));
const answer = jsonField.optional();

/** An instant: seconds may be left out, the time of day may not. Without an offset it is in UTC. */
const time = z.string().refine((text) => text.length > 10 && fromIso(text) !== null, {
  message: "must be a time in ISO-8601, such as 2030-01-31T08:00:00Z",
});

/** @internal */
const CONTROLS = {
  "workflow.run": z.object({
    /** Name of the workflow to run. */
    workflow: z.string().min(1, "must not be empty"),
    /** Its parameters; those of this run are not passed on. */
    parameters: jsonObjectField.default(() => ({})),
    /** Whether the step ends as soon as the other run has started. */
    detached: z.boolean().default(false),
  }),
  "human.approval": z.object({ message, default: z.boolean().optional() }),
  "human.input": z.object({
    message,
    /** JSON Schema of the answer; empty: anything. */
    form,
    /** The answer at the time limit of the step; without it the step fails then. */
    default: answer,
  }),
  "wait.sleep": z.object({
    /** Seconds. */
    duration: secondsField,
  }),
  "wait.until": z.object({ time }),
  "wait.answer": z.object({ form, default: answer }),
} as const;

/** What a control step does, as `module.action`. */
export type ControlKind = keyof typeof CONTROLS;

/** What a control step asks for: its kind and its parsed parameters. */
export type ControlRequest = {
  readonly [Kind in ControlKind]: { readonly kind: Kind } & z.output<(typeof CONTROLS)[Kind]>;
}[ControlKind];

/** @internal */
type Action = Pick<WorkflowStep, "module" | "action">;

/** Modules whose actions the run performs itself: `workflow`, `human`, `wait`. No registry need know them. */
export const CONTROL_MODULES: ReadonlySet<string> = new Set(
  Object.keys(CONTROLS).map((kind) => kind.split(".")[0] ?? ""),
);

/** All of them, sorted as they are documented. */
export const CONTROL_KINDS: readonly ControlKind[] = Object.keys(CONTROLS) as ControlKind[];

/**
 * What a step asks of the run itself, or null for an ordinary step. A control step makes no task: it holds no worker and
 * no resource while it waits.
 */
export function controlOf({ module, action }: Action): ControlKind | null {
  if (!CONTROL_MODULES.has(module)) return null;
  const kind = `${module}.${action}`;
  return Object.hasOwn(CONTROLS, kind) ? (kind as ControlKind) : null;
}

/** The schema of a control step's parameters. */
export const controlSchema = (kind: ControlKind): z.ZodType => CONTROLS[kind];

/** Reads the resolved parameters of a control step. Throws INVALID_PARAMETERS with every problem. */
export function parseControl(kind: ControlKind, parameters: JsonObject): ControlRequest {
  const parsed = controlSchema(kind).safeParse(parameters, { reportInput: true });
  if (!parsed.success) throw invalid(`parameters of ${kind}`, parsed.error);
  return { kind, ...(parsed.data as object) } as ControlRequest;
}
