import { type JsonValue, type Placeholder, placeholdersIn } from "@orch/core";
import type { Condition } from "./condition.ts";
import { type ReferencePlace, readReference } from "./reference.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** A step that is referred to, known or not. */
interface StepReference {
  readonly name: string;
  /** As it is written. */
  readonly text: string;
  /** Where in the step, as in `run_if`. */
  readonly field: string;
}

/** What a step, or the outputs of a workflow, refer to. */
export interface References {
  readonly steps: StepReference[];
  readonly parameters: { readonly name: string; readonly text: string; readonly field: string }[];
}

/** What a step refers to in its parameters, its list, its condition and its undo. O(size of the step). */
export function referencesOf(
  step: WorkflowStep,
  condition: Condition | null,
  isStep: (name: string) => boolean,
): References {
  const found: References = { steps: [], parameters: [] };
  collect(found, placeholdersIn(step.parameters), "parameters", { isStep, hasItem: step.foreach !== null });
  if (step.foreach !== null) collect(found, placeholdersIn(step.foreach), "foreach", { isStep });
  if (condition !== null) {
    collect(found, condition.placeholders, "run_if", { isStep });
    for (const name of condition.steps) found.steps.push({ name, text: `steps.${name}`, field: "run_if" });
  }
  if (step.undo !== null) {
    const undo: References = { steps: [], parameters: [] };
    collect(undo, placeholdersIn(step.undo.parameters), "undo.parameters", { isStep });
    // It runs after the step itself, so that it may use what that gave.
    found.steps.push(...undo.steps.filter(({ name }) => name !== step.name));
    found.parameters.push(...undo.parameters);
  }
  return found;
}

/** What the outputs of a workflow refer to; the field is the name of the output. */
export function outputReferences(
  outputs: Readonly<Record<string, JsonValue>>,
  isStep: (name: string) => boolean,
): References {
  const found: References = { steps: [], parameters: [] };
  for (const [name, value] of Object.entries(outputs))
    collect(found, placeholdersIn(value), name, { isStep });
  return found;
}

function collect(
  found: References,
  placeholders: readonly Placeholder[],
  field: string,
  place: ReferencePlace,
): void {
  for (const placeholder of placeholders) {
    const reference = readReference(placeholder, place);
    const { kind, text } = reference;
    if (kind === "parameter") found.parameters.push({ name: reference.name, text, field });
    else if (kind === "step") found.steps.push({ name: reference.step, text, field });
    else if (kind === "unknown_step") found.steps.push({ name: reference.name, text, field });
  }
}
