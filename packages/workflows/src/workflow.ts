import {
  dataClass,
  findLossy,
  InvalidParametersError,
  isObject,
  type JsonValue,
  nested,
  OrchestrationMode,
} from "@orch/core";
import { TaskPriority, TaskResource } from "@orch/tasks";
import { z } from "zod";
import type { DefinitionProblem } from "./definition-problem.ts";
import { limitField } from "./duration-field.ts";
import { WorkflowDefinitionError } from "./errors.ts";
import { FailureMode } from "./failure-mode.ts";
import { jsonField } from "./json-field.ts";
import {
  declarationProblem,
  declaredParameters,
  isParametersSchema,
  parametersField,
  problemsOf as valueProblems,
} from "./parameter-declaration.ts";
import { valueSchema } from "./value-schema.ts";
import { WorkflowStep, type WorkflowStepInit } from "./workflow-step.ts";

/** A name of a workflow. */
const WORKFLOW_NAME = /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

const MOST_STEPS = 100_000;

const workflowSchema = z.object({
  name: z
    .string()
    .regex(WORKFLOW_NAME, "must be letters, digits, _, - and single dots, at most 128")
    .describe("What it is run by; the name of the file where it is missing."),
  description: z.string().default("").describe("What it is for."),
  version: z.string().default("").describe("A version of the author's; nothing depends on it."),
  parameters: parametersField
    .meta({ definition: "parameters" })
    .default(() => ({}))
    .describe("What a run can be given, by name."),
  mode: z
    .enum(OrchestrationMode)
    .nullable()
    .default(null)
    .describe("Order of the steps that are ready; null: parallel."),
  maxParallel: z
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .nullable()
    .default(null)
    .describe("Steps at once; null: as many as the engine allows."),
  timeoutMs: limitField.describe("Seconds for the whole run; null: no limit."),
  priority: z.enum(TaskPriority).default("normal").describe("Of all steps, against other runs."),
  resources: z
    .array(nested(TaskResource).meta({ definition: "resource" }))
    .default(() => [])
    .describe("What each step needs that names no resources of its own."),
  onFailure: z
    .enum(FailureMode)
    .default("skip_dependents")
    .describe("What the failure of a required step does to the others."),
  steps: z
    .array(nested(WorkflowStep).meta({ definition: "step" }))
    .min(1, "must have at least one step")
    .max(MOST_STEPS, `must be ${MOST_STEPS} steps at most`)
    .describe("The steps, in any order."),
  outputs: z
    .record(z.string(), jsonField)
    .default(() => ({}))
    .describe("What the run gives back, by name: values with references."),
});

/** A definition: steps that depend on each other, with parameters and what holds for all of them. */
export class Workflow extends dataClass(workflowSchema, { name: "workflow" }) {}

/**
 * Reads the shape of a definition as it is written in a file or given in code. Everything that is wrong is found at once;
 * whether names, references and conditions make sense is for `compileWorkflow` to say. What is given may change later.
 */
export function readWorkflow(written: unknown): {
  readonly workflow: Workflow | null;
  readonly problems: readonly DefinitionProblem[];
} {
  if (!isObject(written)) return refused("", "must be an object with a name and steps");
  if (!Array.isArray(written["steps"])) {
    const others = problemsOf({ ...written, steps: [PLACEHOLDER] });
    return {
      workflow: null,
      problems: [...others.problems, fieldProblem("steps", "must be a list of steps")],
    };
  }
  const lossy = findLossy({ ...written, steps: [] });
  if (lossy === null) return problemsOf(ownCopy(written));
  const path = lossy.path.slice(1).replaceAll("/", ".");
  const others = problemsOf(written).problems.filter((problem) => problem.path !== path);
  const first = fieldProblem(path, `is ${lossy.reason}, which JSON cannot hold`);
  return { workflow: null, problems: [first, ...others] };
}

/** As {@link readWorkflow}, of what was just read from a text: nobody else has it, and it is JSON. */
export function readOwnWorkflow(written: unknown): ReturnType<typeof readWorkflow> {
  return isObject(written) && Array.isArray(written["steps"]) ? problemsOf(written) : readWorkflow(written);
}

/**
 * As {@link readOwnWorkflow}, with steps that are read already; they are taken as they are. Null where anything is wrong:
 * what, the others tell.
 */
export function readWorkflowOf(
  written: Record<string, unknown>,
  steps: readonly WorkflowStep[],
): Workflow | null {
  const [first] = steps;
  if (first === undefined || steps.length > MOST_STEPS) return null;
  // The list would be gone through for nothing.
  const { workflow } = problemsOf({ ...written, steps: [first] });
  return workflow && Object.assign(workflow, { steps });
}

/** Stands for the steps where they are no list, so that the rest is checked, too. */
const PLACEHOLDER: WorkflowStepInit = { name: "step", module: "module", action: "action" };

const refused = (path: string, message: string) => ({
  workflow: null,
  problems: [fieldProblem(path, message)],
});

const fieldProblem = (path: string, message: string): DefinitionProblem => ({
  code: "INVALID_FIELD",
  path,
  message,
});

/** Steps may be instances, and what is not JSON is for their own check to find. */
function ownCopy(written: Record<string, unknown>): Record<string, unknown> {
  const steps = (written["steps"] as unknown[]).map((step) =>
    step instanceof WorkflowStep ? step.toDict() : step,
  );
  const copy = { ...written, steps };
  return findLossy(copy) === null ? (JSON.parse(JSON.stringify(copy)) as Record<string, unknown>) : copy;
}

function problemsOf(written: unknown): {
  readonly workflow: Workflow | null;
  readonly problems: readonly DefinitionProblem[];
} {
  try {
    const workflow = new Workflow(written as z.input<typeof workflowSchema>);
    const problems = declarationProblems(workflow);
    return { workflow: problems.length === 0 ? workflow : null, problems };
  } catch (error) {
    if (!(error instanceof InvalidParametersError)) throw error;
    const found = error.details["problems"] as readonly { path: string; message: string }[] | undefined;
    const problems = (found ?? [{ path: "", message: error.message }]).map(({ path, message }) =>
      fieldProblem(withIndexes(path), message),
    );
    return { workflow: null, problems };
  }
}

/** `steps.1.dependencies.0` as it is usually written: `steps[1].dependencies[0]`. */
const withIndexes = (path: string): string =>
  path.startsWith("steps.") ? path.replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]") : path;

/** What is wrong with the declared parameters of a workflow, each for itself and all together. */
export const declarationProblems = (workflow: Workflow): DefinitionProblem[] => [
  ...parameterProblems(workflow),
  ...schemaProblems(workflow),
];

/** Declarations that cannot be used, and defaults that their own declaration refuses. */
function parameterProblems({ parameters }: Workflow): DefinitionProblem[] {
  const place = isParametersSchema(parameters) ? "parameters.properties" : "parameters";
  return Object.entries(declaredParameters(parameters)).flatMap(([name, declaration]) => {
    const unusable = declarationProblem(declaration);
    if (unusable !== null) return [fieldProblem(`${place}.${name}`, unusable)];
    const fallback = declaration.default as JsonValue | undefined;
    const found = fallback === undefined ? [] : valueProblems(fallback, declaration);
    return found.map(({ path, message }) =>
      fieldProblem(`${place}.${name}.default${path === "" ? "" : `.${path}`}`, message),
    );
  });
}

/** What is wrong with a schema of all parameters together: the parameters may be sound, each for itself. */
function schemaProblems({ parameters }: Workflow): DefinitionProblem[] {
  if (!isParametersSchema(parameters)) return [];
  try {
    valueSchema(parameters);
    return [];
  } catch (error) {
    return [fieldProblem("parameters", error instanceof SyntaxError ? error.message : String(error))];
  }
}

/** The error for a definition with problems: the message has them all. */
export function definitionError(
  name: string,
  problems: readonly DefinitionProblem[],
  source?: string,
): WorkflowDefinitionError {
  const text = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  const where = source === undefined ? "" : ` in ${source}`;
  return new WorkflowDefinitionError(`Workflow '${cut(name)}'${where} is not valid: ${text}`, {
    details: { workflow: name, ...(source === undefined ? {} : { file: source }), problems },
    suggestions: source === undefined ? [] : [`Check it: orch workflow validate ${source}`],
  });
}

const MOST_OF_NAME = 128;

const cut = (name: string): string =>
  name.length <= MOST_OF_NAME ? name : `${name.slice(0, MOST_OF_NAME)}…`;
