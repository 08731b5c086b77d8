import { didYouMean, InvalidParametersError, nearestNames } from "@orch/core";
import { AREAS, type Area, type Finding } from "./finding.ts";

/** The areas that the caller named, without repetitions; an unknown one is INVALID_PARAMETERS with near names. */
export function parseFocus(names: readonly string[]): Area[] {
  const unknown = names.filter((name) => !isArea(name));
  if (unknown.length > 0) {
    const near = [...new Set(unknown.flatMap((name) => nearestNames(name, AREAS)))];
    throw new InvalidParametersError(`Unknown focus area ${unknown.map((name) => `'${name}'`).join(", ")}`, {
      details: {
        problems: unknown.map((name) => ({
          path: `focus_areas[${names.indexOf(name)}]`,
          message: `unknown focus area '${name}'`,
        })),
        available: [...AREAS],
        near,
      },
      suggestions: [...didYouMean(near), `Choose from ${AREAS.join(", ")}`],
    });
  }
  return [...new Set(names.filter(isArea))];
}

const isArea = (name: string): name is Area => (AREAS as readonly string[]).includes(name);

/** Findings of the areas in focus, in the order of `focus` (worst first within an area); all of them without a focus. */
export function focusFindings(findings: readonly Finding[], focus: readonly Area[]): Finding[] {
  if (focus.length === 0) return [...findings];
  return focus.flatMap((area) => findings.filter((finding) => finding.area === area));
}
