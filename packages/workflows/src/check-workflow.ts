import { didYouMean, nearestNames } from "@orch/core";
import type { ModuleRegistry, TaskResource } from "@orch/tasks";
import type { z } from "zod";
import { checkControl } from "./check-control.ts";
import { checkParameters } from "./check-parameters.ts";
import { conditionProblems, unknownReferences } from "./check-references.ts";
import { type DraftWorkflow, dependentsOf, resourcesOf } from "./compiled-workflow.ts";
import type { Condition } from "./condition.ts";
import { CONTROL_KINDS, CONTROL_MODULES, controlOf } from "./control-step.ts";
import type { DefinitionProblem, ProblemCode } from "./definition-problem.ts";
import { INVENTED_NAME, UNREADABLE } from "./lenient-workflow.ts";
import { unknownKeys } from "./unknown-keys.ts";
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
  const warnings: DefinitionProblem[] = [...unknownKeys(draft.workflow), ...unknownReferences(draft)];
  const look = actionLookup(context.modules);
  for (const [index, step] of draft.steps.entries()) {
    // The name of one without a valid name was made up.
    const label = step.name.match(INVENTED_NAME) === null ? `Step '${step.name}'` : `Step ${index + 1}`;
    const warn = (code: ProblemCode, field: string, message: string) =>
      warnings.push({ code, path: `steps[${index}].${field}`, message: `${label}: ${message}` });
    checkAction(step, draft, { look, warn, context });
    checkUndo(step, draft, { look, warn, context });
    checkDemand(resourcesOf(draft, index), context.whyNever, warn);
    const condition = draft.conditions[index] ?? null;
    if (condition !== null) checkCondition(step, condition, draft, warn);
  }
  return warnings.concat(unreachableSteps(draft));
}

type Warn = (code: ProblemCode, field: string, message: string) => void;

function checkCondition(
  { runIf }: WorkflowStep,
  condition: Condition,
  draft: DraftWorkflow,
  warn: Warn,
): void {
  if (condition.constant !== null)
    warn("CONSTANT_CONDITION", "run_if", `its condition is always ${condition.constant}: '${runIf}'`);
  for (const message of conditionProblems(condition, draft))
    warn("INVALID_CONDITION", "run_if", `in its condition ${message}`);
}

/** What is known of an action before a run: its input, or why it cannot be run. */
interface KnownAction {
  readonly input?: z.ZodType | undefined;
  readonly problem?: { readonly code: ProblemCode; readonly field: string; readonly message: string };
}

type Lookup = (named: Pick<WorkflowStep, "module" | "action">) => KnownAction;

/** Answers are kept: large workflows have few actions. */
function actionLookup(modules: ModuleRegistry | undefined): Lookup {
  const answers = new Map<string, KnownAction>();
  return ({ module, action }) => {
    const key = JSON.stringify([module, action]);
    const answer = answers.get(key) ?? (modules === undefined ? {} : knownAction(modules, module, action));
    answers.set(key, answer);
    return answer;
  };
}

function knownAction(modules: ModuleRegistry, module: string, action: string): KnownAction {
  const near = (wanted: string, names: readonly string[]) =>
    didYouMean(nearestNames(wanted, names)).join(" ");
  if (!modules.has(module)) {
    const hint = near(module, [...modules.listModules(), ...CONTROL_MODULES]);
    const message = `module '${module}' is not known here. ${hint}`.trim();
    return { problem: { code: "MODULE_NOT_FOUND", field: "module", message } };
  }
  const found = modules.peek(module, action);
  const known = found === undefined ? modules.listActions(module) : [];
  if (known.length === 0) return { input: found?.definition.input };
  const message = `module '${module}' has no action '${action}'. ${near(action, known)}`.trim();
  return { problem: { code: "ACTION_NOT_FOUND", field: "action", message } };
}

interface ActionCheck {
  readonly look: Lookup;
  readonly warn: Warn;
  readonly context: CheckContext;
}

function checkAction(
  step: WorkflowStep,
  { workflow }: DraftWorkflow,
  { look, warn, context }: ActionCheck,
): void {
  const { module, action, parameters } = step;
  if (module === UNREADABLE || action === UNREADABLE) return;
  const control = controlOf(step);
  if (control !== null) {
    for (const { code, field, message } of checkControl(step, control, context.workflows))
      warn(code, field, message);
    return;
  }
  const { input, problem } = CONTROL_MODULES.has(module) ? unknownControl(step) : look(step);
  if (problem) warn(problem.code, problem.field, problem.message);
  // What an item is nobody knows yet.
  else if (input !== undefined && step.foreach === null) {
    for (const { path, message } of checkParameters(parameters, input, workflow.parameters))
      warn("INVALID_PARAMETERS", `parameters.${path}`, `${module}.${action} will refuse ${path}: ${message}`);
  }
}

/** An undo that cannot run would show when something has gone wrong already. */
function checkUndo(
  { module: own, undo }: WorkflowStep,
  { workflow }: DraftWorkflow,
  { look, warn }: ActionCheck,
): void {
  const module = undo?.module ?? own;
  if (undo === null || module === UNREADABLE) return;
  const { action, parameters } = undo;
  const { input, problem } = look({ module, action });
  // A module that the step has from itself is named there.
  if (problem && (problem.field !== "module" || undo.module !== null))
    warn(problem.code, `undo.${problem.field}`, `in its undo ${problem.message}`);
  if (input === undefined) return;
  for (const { path, message } of checkParameters(parameters, input, workflow.parameters)) {
    const text = `in its undo ${module}.${action} will refuse ${path}: ${message}`;
    warn("INVALID_PARAMETERS", `undo.parameters.${path}`, text);
  }
}

function unknownControl({ module, action }: WorkflowStep): KnownAction {
  const names = CONTROL_KINDS.filter((kind) => kind.startsWith(`${module}.`)).join(", ");
  const message = `there is no ${module}.${action}, but ${names}`;
  return { problem: { code: "ACTION_NOT_FOUND", field: "action", message } };
}

function checkDemand(
  resources: readonly TaskResource[],
  whyNever: CheckContext["whyNever"],
  warn: Warn,
): void {
  const never = resources.length > 0 ? whyNever?.(resources) : null;
  if (never) warn("RESOURCE_UNAVAILABLE", "resources", `it can never start here: ${never}`);
}

/** Steps that wait for one that never runs. */
function unreachableSteps({ steps, conditions, graph }: DraftWorkflow): DefinitionProblem[] {
  if (graph === null) return [];
  const never = conditions.flatMap((condition, node) =>
    condition?.constant === false && steps[node]?.required !== false ? [node] : [],
  );
  const cause = new Map(never.map((node) => [node, node]));
  for (const node of never) {
    for (const next of dependentsOf({ graph }, node)) {
      if (cause.has(next)) continue;
      cause.set(next, cause.get(node) ?? node);
      // One that is not required does not hold up what needs it.
      if (steps[next]?.required !== false) never.push(next);
    }
  }
  return [...cause]
    .filter(([node, from]) => node !== from)
    .map(([node, from]) => {
      const message = `Step '${steps[node]?.name}' can never run: it waits for '${steps[from]?.name}', whose condition is always false`;
      return { code: "UNREACHABLE_STEP", path: `steps[${node}]`, message };
    });
}
