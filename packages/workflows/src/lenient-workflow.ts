import { InvalidParametersError, isObject } from "@orch/core";
import { Workflow } from "./workflow.ts";
import { WorkflowStep } from "./workflow-step.ts";

/** The fields that others refer to, or that refer to others. */
const LINKING = ["name", "dependencies", "depends_on", "parameters", "run_if", "foreach"] as const;

/**
 * What can be understood of a definition whose fields have problems: enough to check how its steps go together, so that
 * all problems are found at once. Null where not even the names of all steps are known.
 */
export function lenientWorkflow(written: unknown): Workflow | null {
  if (!isObject(written) || !Array.isArray(written["steps"])) return null;
  const steps: WorkflowStep[] = [];
  for (const step of written["steps"]) {
    const read = lenientStep(step);
    if (read === null) return null;
    steps.push(read);
  }
  return attempt(() => new Workflow({ name: "definition", steps }));
}

function lenientStep(written: unknown): WorkflowStep | null {
  const whole = attempt(() => WorkflowStep.fromDict(written));
  if (whole !== null || !isObject(written)) return whole;
  let step: Record<string, unknown> = { name: "step", module: "unknown", action: "unknown" };
  for (const key of LINKING) {
    if (!Object.hasOwn(written, key)) continue;
    const next = { ...step, [key]: written[key] };
    if (attempt(() => WorkflowStep.fromDict(next)) !== null) step = next;
    else if (key === "name") return null;
  }
  return Object.hasOwn(written, "name") ? attempt(() => WorkflowStep.fromDict(step)) : null;
}

function attempt<Value>(make: () => Value): Value | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof InvalidParametersError) return null;
    throw error;
  }
}
