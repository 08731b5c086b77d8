import { isObject, type JsonValue, type Placeholder, placeholdersIn } from "@orch/core";
import type { Condition } from "./condition.ts";
import { type ReferencePlace, readReference } from "./reference.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** A step that is referred to, known or not. */
export interface StepReference {
  readonly name: string;
  /** As it is written. */
  readonly text: string;
  /** Where in the step, as in `run_if`. */
  readonly field: string;
}

/** What a step, or the outputs of a workflow, refer to. */
export interface References {
  readonly steps: StepReference[];
  readonly parameters: ParameterReference[];
}

/** A parameter that is referred to, or something that is taken for one. */
interface ParameterReference {
  readonly name: string;
  /** What follows the name. */
  readonly path: readonly string[];
  /** As it is written. */
  readonly text: string;
  /** Where in the step, as in `parameters.list[0]`. */
  readonly field: string;
}

/** A part of a value, and where it is in it. */
interface Part {
  readonly value: JsonValue;
  readonly field: string;
}

/** What a step refers to in its parameters, its list, its condition and its undo. O(size of the step). */
export function referencesOf(
  step: WorkflowStep,
  condition: Condition | null,
  isStep: (name: string) => boolean,
): References {
  const found = ownReferences(step, condition, isStep);
  if (step.undo !== null) {
    const undo = undoReferences(step, isStep);
    found.steps.push(...undo.steps);
    found.parameters.push(...undo.parameters);
  }
  return found;
}

/** The same without its undo. */
export function ownReferences(
  step: WorkflowStep,
  condition: Condition | null,
  isStep: (name: string) => boolean,
): References {
  const found: References = { steps: [], parameters: [] };
  collectIn(
    found,
    { value: step.parameters, field: "parameters" },
    { isStep, hasItem: step.foreach !== null },
  );
  if (step.foreach !== null) collectIn(found, { value: step.foreach, field: "foreach" }, { isStep });
  if (condition !== null) {
    collect(found, condition.placeholders, "run_if", { isStep });
    for (const name of condition.steps) found.steps.push({ name, text: `steps.${name}`, field: "run_if" });
  }
  return found;
}

/** What the undo of a step refers to; it runs after the step itself, so that it may use what that gave. */
export function undoReferences(
  { name: own, undo, foreach }: WorkflowStep,
  isStep: (name: string) => boolean,
): References {
  const found: References = { steps: [], parameters: [] };
  if (undo === null) return found;
  // One that asks for the item is one of each item.
  const place = { isStep, hasItem: foreach !== null };
  collectIn(found, { value: undo.parameters, field: "undo.parameters" }, place);
  return { ...found, steps: found.steps.filter(({ name }) => name !== own) };
}

/** What the outputs of a workflow refer to; the field is the name of the output. */
export function outputReferences(
  outputs: Readonly<Record<string, JsonValue>>,
  isStep: (name: string) => boolean,
): References {
  const found: References = { steps: [], parameters: [] };
  for (const [name, value] of Object.entries(outputs)) collectIn(found, { value, field: name }, { isStep });
  return found;
}

/** All in a value, in order of appearance; where is found out for those that refer to something alone. */
function collectIn(found: References, { value, field }: Part, place: ReferencePlace): void {
  if (typeof value === "string") {
    if (value.includes("{")) collect(found, placeholdersIn(value), field, place);
  } else if (Array.isArray(value)) {
    for (const [index, item] of (value as JsonValue[]).entries())
      if (mayRefer(item)) collectIn(found, { value: item, field: `${field}[${index}]` }, place);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const inner = value[key] as JsonValue;
      if (mayRefer(inner)) collectIn(found, { value: inner, field: `${field}.${key}` }, place);
    }
  }
}

/** Most values are plain: no path is made for them. */
const mayRefer = (value: JsonValue): boolean =>
  typeof value === "string" ? value.includes("{") : typeof value === "object" && value !== null;

function collect(
  found: References,
  placeholders: readonly Placeholder[],
  field: string,
  place: ReferencePlace,
): void {
  for (const placeholder of placeholders) {
    const reference = readReference(placeholder, place);
    const { kind, text } = reference;
    if (kind === "parameter")
      found.parameters.push({ name: reference.name, path: reference.path, text, field });
    else if (kind === "step") found.steps.push({ name: reference.step, text, field });
    else if (kind === "unknown_step") found.steps.push({ name: reference.name, text, field });
  }
}
