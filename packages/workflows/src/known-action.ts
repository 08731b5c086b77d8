import { didYouMean, nearestNames } from "@orch/core";
import { ActionNotFoundError, type ModuleRegistry } from "@orch/tasks";
import type { z } from "zod";
import { CONTROL_KINDS, CONTROL_MODULES, controlOf } from "./control-step.ts";
import type { ProblemCode } from "./definition-problem.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What is known of an action before a run: its input, or why it cannot be run. */
export interface KnownAction {
  readonly input?: z.ZodType | undefined;
  readonly problem?: { readonly code: ProblemCode; readonly field: string; readonly message: string };
}

/** Tells what is known of an action. */
export type ActionLookup = (module: string, action: string) => KnownAction;

/** Looks at names, and at code that is loaded already. Answers are kept: large workflows have few actions. */
export function actionLookup(modules: ModuleRegistry | undefined): ActionLookup {
  const answers = new Map<string, Map<string, KnownAction>>();
  return (module, action) => {
    const ofModule = answers.get(module) ?? new Map<string, KnownAction>();
    const known = ofModule.get(action);
    if (known) return known;
    const answer = modules === undefined ? {} : knownAction(modules, module, action);
    answers.set(module, ofModule.set(action, answer));
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

/** What is known of an action that a module of control steps does not have. */
export function unknownControl(module: string, action: string): KnownAction {
  const { kinds, near } = controlsNear(module, action);
  const message = `there is no ${module}.${action}, but ${kinds.join(", ")}`;
  const hint = near.length === 0 ? "" : `. ${didYouMean(near).join(" ")}`;
  return { problem: { code: "ACTION_NOT_FOUND", field: "action", message: `${message}${hint}` } };
}

/** Throws ACTION_NOT_FOUND for a step of such a module with an action that it does not have. */
export function refuseUnknownControl(step: Pick<WorkflowStep, "module" | "action">): void {
  const { module, action } = step;
  if (!CONTROL_MODULES.has(module) || controlOf(step) !== null) return;
  const { own: available, near } = controlsNear(module, action);
  throw new ActionNotFoundError(`Action '${action}' not found in module '${module}'`, {
    details: { module, action, near, available },
    suggestions: [...didYouMean(near), `Module '${module}' has: ${available.join(", ")}.`],
  });
}

/** What a module of control steps has, and what was probably meant: also the same action of another one. */
function controlsNear(module: string, action: string) {
  const kinds = CONTROL_KINDS.filter((kind) => kind.startsWith(`${module}.`));
  const same = CONTROL_KINDS.filter((kind) => kind.endsWith(`.${action}`));
  const own = kinds.map((kind) => kind.slice(module.length + 1));
  const near = same.length > 0 ? same : nearestNames(action, own).map((name) => `${module}.${name}`);
  return { kinds, own, near };
}
