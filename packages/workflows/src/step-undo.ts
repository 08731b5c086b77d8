import { dataClass, type JsonObject } from "@orch/core";
import { z } from "zod";
import { delayField, limitField } from "./duration-field.ts";
import { jsonObjectField } from "./json-field.ts";

const name = z.string().min(1, "must not be empty");

const undoSchema = z.object({
  module: name.nullable().default(null).describe("Module of the action; null: that of the step."),
  action: name.describe("Action that takes back what the step has done."),
  parameters: jsonObjectField
    .default(() => ({}))
    .describe("As for steps; may refer to the step itself: {{step.output}}."),
  timeoutMs: limitField.describe("Seconds for each attempt; null: no limit."),
  maxRetries: z
    .int("must be a whole number")
    .min(0, "must not be negative")
    .max(20, "must be 20 at most")
    .default(3)
    .describe("Further attempts after the first."),
  retryDelayMs: delayField.default(1000).describe("Seconds before the first retry."),
});

/** The action that takes back what a completed step has done, when its run fails or is cancelled. */
export class StepUndo extends dataClass(undoSchema, { name: "undo" }) {
  /** The form in which it is written: the action and its parameters, others only where they say something. */
  override toDict(): JsonObject {
    return Object.fromEntries(
      Object.entries(super.toDict()).filter(([key, value]) => value !== DEFAULTS[key]),
    );
  }
}

const DEFAULTS: Readonly<Record<string, unknown>> = {
  module: null,
  timeout: null,
  max_retries: 3,
  retry_delay: 1,
};
