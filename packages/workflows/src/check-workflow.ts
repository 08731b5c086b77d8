import { didYouMean, nearestNames } from "@orch/core";
import type { ModuleRegistry, TaskResource } from "@orch/tasks";
import type { z } from "zod";
import { checkParameters } from "./check-parameters.ts";
import { type CompiledWorkflow, dependentsOf, resourcesOf } from "./compiled-workflow.ts";
import { CONTROL_KINDS, CONTROL_MODULES, controlOf, controlSchema } from "./control-step.ts";
import type { DefinitionProblem, ProblemCode } from "./definition-problem.ts";
import { nameHint } from "./definition-rules.ts";
import { declaredParameters } from "./parameter-declaration.ts";
import type { ValueProblem } from "./value-schema.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What a definition is checked against, beside itself. */
export interface CheckContext {
  /** Names of modules, and the actions whose code is loaded already; nothing is loaded. @default none: not checked */
  readonly modules?: ModuleRegistry | undefined;
  /** Says why resources can never be granted here, or null. @default not checked */
  readonly whyNever?: ((resources: readonly TaskResource[]) => string | null) | undefined;
}

/**
 * What will go wrong, or probably not mean what it says, in a sound definition: everything at once, in the order of the
 * steps. Runs and loads nothing. O(size of the definition).
 */
export function checkWorkflow(compiled: CompiledWorkflow, context: CheckContext = {}): DefinitionProblem[] {
  const warnings: DefinitionProblem[] = [...unknownParameters(compiled)];
  const look = actionLookup(context.modules);
  for (const [index, step] of compiled.steps.entries()) {
    const warn = (code: ProblemCode, field: string, message: string) =>
      warnings.push({ code, path: `steps[${index}].${field}`, message: `Step '${step.name}': ${message}` });
    checkAction(step, compiled, look, warn);
    checkDemand(resourcesOf(compiled, index), context.whyNever, warn);
    const constant = compiled.conditions[index]?.constant ?? null;
    if (constant !== null)
      warn("CONSTANT_CONDITION", "run_if", `its condition is always ${constant}: '${step.runIf}'`);
  }
  return warnings.concat(unreachableSteps(compiled));
}

type Warn = (code: ProblemCode, field: string, message: string) => void;

/** References that are neither a step nor a declared parameter: a run without that parameter fails before its first step. */
function unknownParameters({ workflow, parameterNames, steps }: CompiledWorkflow): DefinitionProblem[] {
  const declared = declaredParameters(workflow.parameters);
  const unknown = [...parameterNames].filter(([name]) => !Object.hasOwn(declared, name));
  if (unknown.length === 0) return [];
  const hint = nameHint([...Object.keys(declared), ...steps.map(({ name }) => name)]);
  return unknown.map(([name, { text, path }]) => {
    const message = `${text} names no step and no declared parameter: '${name}' must be given with each run${hint(name)}`;
    return { code: "WORKFLOW_UNRESOLVED_REFERENCE", path, message };
  });
}

/** What is known of an action before a run: its input, or why it cannot be run. */
interface KnownAction {
  readonly input?: z.ZodType | undefined;
  readonly problem?: { readonly code: ProblemCode; readonly field: string; readonly message: string };
}

type Lookup = (step: WorkflowStep) => KnownAction;

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

function checkAction(step: WorkflowStep, { workflow }: CompiledWorkflow, look: Lookup, warn: Warn): void {
  const { module, action, parameters } = step;
  const control = controlOf(step);
  const warnOf = (name: string, problems: readonly ValueProblem[]) => {
    for (const { path, message } of problems)
      warn("INVALID_PARAMETERS", `parameters.${path}`, `${name} will refuse ${path}: ${message}`);
  };
  if (control !== null) {
    warnOf(control, checkParameters(parameters, controlSchema(control), {}));
    return;
  }
  const { input, problem } = CONTROL_MODULES.has(module) ? unknownControl(step) : look(step);
  if (problem) warn(problem.code, problem.field, problem.message);
  // What an item is nobody knows yet.
  else if (input !== undefined && step.foreach === null)
    warnOf(`${module}.${action}`, checkParameters(parameters, input, workflow.parameters));
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
function unreachableSteps(compiled: CompiledWorkflow): DefinitionProblem[] {
  const { steps, conditions } = compiled;
  const never = conditions.flatMap((condition, node) =>
    condition?.constant === false && steps[node]?.required !== false ? [node] : [],
  );
  const cause = new Map(never.map((node) => [node, node]));
  for (const node of never) {
    for (const next of dependentsOf(compiled, node)) {
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
