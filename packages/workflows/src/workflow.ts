import { dataClass, InvalidParametersError, isObject, OrchestrationMode } from "@orch/core";
import { TaskPriority } from "@orch/tasks";
import { z } from "zod";
import { WorkflowDefinitionError } from "./errors.ts";
import { parameterSchema } from "./parameters.ts";
import { WorkflowStep } from "./workflow-step.ts";

/** What the failure of a required step does to the rest of its run. */
export const FailureMode = {
  /** Its dependents, direct or not, are skipped; independent steps still run. */
  SKIP_DEPENDENTS: "skip_dependents",
  /** Its dependents run; its output is null. */
  CONTINUE: "continue",
  /** Nothing new starts; what runs goes on. */
  STOP: "stop",
  /** Nothing new starts; what runs is cancelled. */
  CANCEL: "cancel",
} as const;
/** One of skip_dependents, continue, stop, cancel. */
export type FailureMode = (typeof FailureMode)[keyof typeof FailureMode];

/** A name of a workflow. */
export const WORKFLOW_NAME = /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

const workflowSchema = z.object({
  name: z.string().regex(WORKFLOW_NAME, "must be letters, digits, _, - and single dots, at most 128"),
  description: z.string().default(""),
  version: z.string().default(""),
  parameters: z.record(z.string(), parameterSchema).default(() => ({})),
  mode: z.enum(OrchestrationMode).nullable().default(null),
  maxParallel: z.int("must be a whole number").min(1, "must be at least 1").nullable().default(null),
  timeoutMs: z.number().positive("must be above 0").nullable().default(null),
  priority: z.enum(TaskPriority).default("normal"),
  onFailure: z.enum(FailureMode).default("skip_dependents"),
  steps: z.array(z.custom<WorkflowStep>()).min(1, "must have at least one step"),
});

/** A definition: steps that depend on each other, with parameters and what holds for all of them. */
export class Workflow extends dataClass(workflowSchema, { name: "workflow" }) {}

/** Something wrong with a definition; `path` as in `steps[1].dependencies[0]`. */
export interface DefinitionProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Reads the shape of a definition as it is written in a file or given in code. Everything that is wrong is found at once;
 * whether names, references and conditions make sense is for `compileWorkflow` to say.
 */
export function readWorkflow(written: unknown): { readonly workflow: Workflow | null; readonly problems: readonly DefinitionProblem[] } {
  if (!isObject(written)) return { workflow: null, problems: [{ path: "", message: "must be an object with a name and steps" }] };
  const problems: DefinitionProblem[] = [];
  const list = written["steps"];
  if (!Array.isArray(list)) problems.push({ path: "steps", message: "must be a list of steps" });
  const steps = (Array.isArray(list) ? list : []).map((step: unknown, index) =>
    attempt(() => WorkflowStep.from(step), `steps[${index}]`, problems),
  );
  // An empty list is reported by the schema, a list with a broken step was reported above.
  const known = Array.isArray(list) && list.length === 0 ? [] : [...steps.filter((step) => step !== null), ...(steps.length === 0 ? [null] : [])];
  const workflow = attempt(() => new Workflow({ ...(written as z.input<typeof workflowSchema>), steps: known as WorkflowStep[] }), "", problems);
  return { workflow: problems.length === 0 ? workflow : null, problems };
}

function attempt<Value>(make: () => Value, at: string, problems: DefinitionProblem[]): Value | null {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InvalidParametersError)) throw error;
    const found = error.details["problems"] as readonly DefinitionProblem[] | undefined;
    for (const { path, message } of found ?? [{ path: "", message: error.message }]) {
      problems.push({ path: [at, path].filter((part) => part !== "").join("."), message });
    }
    return null;
  }
}

/** The error for a definition with problems: the message has them all. */
export function definitionError(name: string, problems: readonly DefinitionProblem[], source?: string): WorkflowDefinitionError {
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  const where = source === undefined ? "" : ` in ${source}`;
  return new WorkflowDefinitionError(`Workflow '${name}'${where} is not valid: ${text}`, {
    details: { workflow: name, ...(source === undefined ? {} : { file: source }), problems },
    suggestions: ["Check it with 'orch workflow validate'."],
  });
}
