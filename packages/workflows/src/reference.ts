import type { Placeholder } from "@orch/core";

/** The parts of a step that a reference can name; `result` is `output`. */
export const STEP_PARTS = ["output", "result", "status", "success", "error"] as const;
type StepPart = (typeof STEP_PARTS)[number];

/** What a placeholder means in a workflow. */
export type Reference =
  | {
      readonly kind: "step";
      readonly step: string;
      readonly part: StepPart;
      readonly path: readonly string[];
      readonly text: string;
    }
  | {
      readonly kind: "parameter";
      readonly name: string;
      readonly path: readonly string[];
      readonly text: string;
    }
  | {
      /** The item of a `foreach`, or its number. */
      readonly kind: "item";
      readonly part: "item" | "index";
      readonly path: readonly string[];
      readonly text: string;
    }
  | { readonly kind: "unknown_step"; readonly name: string; readonly text: string };

const isStepPart = (part: string | undefined): part is StepPart => STEP_PARTS.some((each) => each === part);

/** Where a placeholder stands. */
export interface ReferencePlace {
  isStep(name: string): boolean;
  /** Whether `item` and `index` are those of a `foreach`; they hide steps and parameters of these names. */
  readonly hasItem?: boolean;
}

/**
 * Reads a placeholder: `name.output|result|status|success|error` of a known step is the step, everything else a
 * parameter; a `${x…}` always means a step.
 */
export function readReference(
  { form, name, path, text }: Placeholder,
  { isStep, hasItem = false }: ReferencePlace,
): Reference {
  if (hasItem && form === "braces" && (name === "item" || name === "index"))
    return { kind: "item", part: name, path, text };
  const part = path[0];
  if (isStepPart(part) && isStep(name)) return { kind: "step", step: name, part, path: path.slice(1), text };
  return form === "dollar" ? { kind: "unknown_step", name, text } : { kind: "parameter", name, path, text };
}
