import { controlOf } from "./control-step.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import type { Workflow } from "./workflow.ts";

/** What a definition can say and a run cannot do yet: refused, so that nothing is silently left out. */
const UNBUILT: ReadonlySet<string> = new Set([
  "foreach",
  "cache",
  "undo",
  "retry",
  "outputs",
  "resources",
  "workflow.run",
  "human.approval",
  "human.input",
  "wait.sleep",
  "wait.until",
  "wait.answer",
]);

/** A problem for each part of the definition that cannot be run yet. O(steps). */
export function unbuiltProblems({ steps, outputs, resources }: Workflow): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const refuse = (path: string, name: string) => {
    if (UNBUILT.has(name))
      problems.push({ code: "UNAVAILABLE", path, message: `${name} is not available in this version` });
  };
  if (Object.keys(outputs).length > 0) refuse("outputs", "outputs");
  if (resources.length > 0) refuse("resources", "resources");
  for (const [index, step] of steps.entries()) {
    const control = controlOf(step);
    if (control !== null) refuse(`steps[${index}].action`, control);
    for (const key of ["foreach", "cache", "undo", "retry"] as const)
      if (step[key] !== null) refuse(`steps[${index}].${key}`, key);
  }
  return problems;
}
