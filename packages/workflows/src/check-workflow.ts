import type { ModuleRegistry, TaskResource } from "@orch/tasks";
import { checkControl } from "./check-control.ts";
import { parameterCheck } from "./check-parameters.ts";
import { conditionCheck, unknownReferences } from "./check-references.ts";
import { type DraftWorkflow, resourcesOf } from "./compiled-workflow.ts";
import { CONTROL_MODULES, controlOf } from "./control-step.ts";
import type { DefinitionProblem, ProblemCode } from "./definition-problem.ts";
import { type ActionLookup, actionLookup, unknownControl } from "./known-action.ts";
import { INVENTED_NAME, UNREADABLE } from "./lenient-workflow.ts";
import { undoDependencies } from "./undo-dependencies.ts";
import { unknownKeys } from "./unknown-keys.ts";
import { unreachableSteps } from "./unreachable-steps.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What a definition is checked against, beside itself. */
export interface CheckContext {
  /** Names of modules, and the actions whose code is loaded already; nothing is loaded. @default none: not checked */
  readonly modules?: ModuleRegistry | undefined;
  /** Says why resources can never be granted here, or null. @default not checked */
  readonly whyNever?: ((resources: readonly TaskResource[]) => string | null) | undefined;
  /** Names of the workflows that can be run. @default not checked */
  readonly workflows?: readonly string[] | undefined;
}

/**
 * What will go wrong, or probably not mean what it says, in a definition: everything at once, keys that mean nothing
 * first, then in the order of the steps. One with problems is checked as far as it can be understood. Runs and loads
 * nothing. O(size of the definition).
 */
export function checkWorkflow(draft: DraftWorkflow, context: CheckContext = {}): DefinitionProblem[] {
  const { steps, conditions } = draft;
  const warnings: DefinitionProblem[] = [...unknownKeys(draft.workflow), ...unknownReferences(draft)];
  const check = stepCheck(draft, context, warnings);
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as WorkflowStep;
    checkAction(step, index, check);
    if (step.undo !== null) checkUndo(step, index, check);
    checkDemand(index, check);
    if ((conditions[index] ?? null) !== null) checkCondition(step, index, check);
  }
  return warnings.concat(unreachableSteps(draft));
}

/** What the checks of all steps share. */
interface StepCheck {
  readonly draft: DraftWorkflow;
  readonly look: ActionLookup;
  readonly refusedParameters: ReturnType<typeof parameterCheck>;
  readonly undoDependencies: ReturnType<typeof undoDependencies>;
  readonly wrongInCondition: ReturnType<typeof conditionCheck>;
  readonly whyNever: (resources: readonly TaskResource[]) => string | null;
  readonly workflows: readonly string[] | undefined;
  /** `index` is that of the step. */
  warn(index: number, code: ProblemCode, field: string, message: string): void;
}

function stepCheck(draft: DraftWorkflow, context: CheckContext, warnings: DefinitionProblem[]): StepCheck {
  const { modules, whyNever = () => null, workflows } = context;
  return {
    draft,
    look: actionLookup(modules),
    refusedParameters: parameterCheck(draft.workflow.parameters),
    undoDependencies: draft.steps.some(({ undo }) => undo !== null) ? undoDependencies(draft) : () => [],
    wrongInCondition: conditionCheck(draft),
    whyNever: answeredOnce(whyNever),
    workflows,
    warn(index, code, field, message) {
      const name = draft.steps[index]?.name ?? "";
      // The name of one without a valid name was made up.
      const label = name.match(INVENTED_NAME) === null ? `Step '${name}'` : `Step ${index + 1}`;
      warnings.push({ code, path: `steps[${index}].${field}`, message: `${label}: ${message}` });
    },
  };
}

/** Most steps have the resources of the workflow: one list for all. */
function answeredOnce(whyNever: StepCheck["whyNever"]): StepCheck["whyNever"] {
  let last: readonly TaskResource[] | null = null;
  let answer: string | null = null;
  return (resources) => {
    if (resources !== last) answer = whyNever(resources);
    last = resources;
    return answer;
  };
}

function checkCondition({ runIf }: WorkflowStep, index: number, check: StepCheck): void {
  const condition = check.draft.conditions[index] ?? null;
  if (condition === null) return;
  if (condition.constant !== null)
    check.warn(
      index,
      "CONSTANT_CONDITION",
      "run_if",
      `its condition is always ${condition.constant}: '${runIf}'`,
    );
  for (const message of check.wrongInCondition(condition))
    check.warn(index, "INVALID_CONDITION", "run_if", `in its condition ${message}`);
}

function checkAction(step: WorkflowStep, index: number, check: StepCheck): void {
  const { module, action } = step;
  if (module === UNREADABLE || action === UNREADABLE) return;
  const control = controlOf(step);
  if (control !== null) {
    for (const { code, field, message } of checkControl(step, control, check.workflows))
      check.warn(index, code, field, message);
    if (control === "workflow.run") checkDetached(step, index, check);
    return;
  }
  const isControl = CONTROL_MODULES.has(module);
  const { input, problem } = isControl ? unknownControl(module, action) : check.look(module, action);
  if (problem) check.warn(index, problem.code, problem.field, problem.message);
  // What an item is nobody knows yet.
  else if (input !== undefined && step.foreach === null) {
    for (const { path, message } of check.refusedParameters(step.parameters, input)) {
      const text = `${module}.${action} will refuse ${path}: ${message}`;
      check.warn(index, "INVALID_PARAMETERS", `parameters.${path}`, text);
    }
  }
}

/** Whoever writes undos expects that all is undone. */
function checkDetached({ parameters, undo }: WorkflowStep, index: number, check: StepCheck): void {
  if (
    parameters["detached"] !== true ||
    undo !== null ||
    !check.draft.steps.some((each) => each.undo !== null)
  )
    return;
  const text =
    "it starts a detached run, which is not undone with this one: give the step an undo of its own, which gets the execution_id, or leave detached out";
  check.warn(index, "UNDO_DETACHED", "parameters.detached", text);
}

/** An undo that cannot run would show when something has gone wrong already. */
function checkUndo({ module: own, undo }: WorkflowStep, index: number, check: StepCheck): void {
  const module = undo?.module ?? own;
  if (undo === null || module === UNREADABLE) return;
  const { action, parameters } = undo;
  for (const { name, field } of check.undoDependencies(index)) {
    const text = `its undo refers to step '${name}', which it does not depend on: it waits for '${name}' all the same; name that in its dependencies where it is meant`;
    check.warn(index, "UNDO_DEPENDENCY", field, text);
  }
  const { input, problem } = check.look(module, action);
  // A module that the step has from itself is named there.
  if (problem && (problem.field !== "module" || undo.module !== null))
    check.warn(index, problem.code, `undo.${problem.field}`, `in its undo ${problem.message}`);
  if (input === undefined) return;
  for (const { path, message } of check.refusedParameters(parameters, input)) {
    const text = `in its undo ${module}.${action} will refuse ${path}: ${message}`;
    check.warn(index, "INVALID_PARAMETERS", `undo.parameters.${path}`, text);
  }
}

function checkDemand(index: number, check: StepCheck): void {
  const resources = resourcesOf(check.draft, index);
  const never = resources.length > 0 ? check.whyNever(resources) : null;
  if (never) check.warn(index, "RESOURCE_UNAVAILABLE", "resources", `it can never start here: ${never}`);
}
