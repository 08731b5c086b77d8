import type { References } from "./step-references.ts";

/** Where a parameter is referred to first. */
export interface ParameterUse {
  /** As it is written. */
  readonly text: string;
  readonly step: string;
  /** As in `steps[1].parameters`. */
  readonly path: string;
}

/** Adds the parameters of `references` that were not met before to `uses`, by name. */
export function addUses(
  uses: Map<string, ParameterUse>,
  { parameters }: References,
  { step, place }: { readonly step: string; readonly place: string },
): void {
  for (const { name, text, field } of parameters)
    if (!uses.has(name)) uses.set(name, { text, step, path: `${place}.${field}` });
}
