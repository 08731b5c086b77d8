import {
  type CheckContext,
  CONTROL_MODULES,
  type CompiledWorkflow,
  checkWorkflow,
  controlOf,
  errorMessage,
  type OrchestrationEngine,
  OrchestrationError,
} from "@orch/engine";
import { commandText } from "./command-text.ts";
import { count } from "./count.ts";

/** Why a workflow cannot be run here. */
interface Refused {
  readonly code: "MODULE_NOT_FOUND" | "ACTION_NOT_FOUND" | "MODULE_LOAD_FAILED" | "INVALID_PARAMETERS";
  readonly path: string;
  readonly message: string;
  readonly suggestions: readonly string[];
}

/**
 * Throws for all steps at once whose module or action is not there, and for parameters that approvals, sleeps and other steps
 * of the run itself refuse, in the words of `workflow validate`. Loads nothing: of
 * a module whose code is not loaded yet, the actions are not known.
 */
export function refuseUnknownModules(compiled: CompiledWorkflow, engine: OrchestrationEngine): void {
  refuse(unknownIn(compiled, engine), compiled, engine);
}

/** Loads the modules of the steps; throws for all of them at once that cannot be loaded, and for actions they do not have. */
export async function refuseUnloadable(
  compiled: CompiledWorkflow,
  engine: OrchestrationEngine,
): Promise<void> {
  const failures = await loadModules(compiled, engine);
  refuse([...unknownIn(compiled, engine), ...failures], compiled, engine);
}

/** Loads the code of the modules that the steps name, once each; returns what could not be loaded. */
async function loadModules(
  { steps }: CompiledWorkflow,
  { modules }: Pick<OrchestrationEngine, "modules">,
): Promise<Refused[]> {
  const failures: Refused[] = [];
  const names = [...new Set(steps.map(({ module }) => module))].filter(
    (name) => !CONTROL_MODULES.has(name) && modules.has(name),
  );
  for (const name of names) {
    try {
      await modules.load(name);
    } catch (error) {
      const suggestions = error instanceof OrchestrationError ? error.suggestions : [];
      failures.push({ code: "MODULE_LOAD_FAILED", path: "", message: errorMessage(error), suggestions });
    }
  }
  return failures;
}

const unknownIn = (
  compiled: CompiledWorkflow,
  { modules }: Required<Pick<CheckContext, "modules">>,
): Refused[] =>
  checkWorkflow(compiled, { modules }).flatMap(({ code, path, message }) =>
    code === "MODULE_NOT_FOUND" ||
    code === "ACTION_NOT_FOUND" ||
    (code === "INVALID_PARAMETERS" && isOfControl(path, compiled))
      ? [{ code, path, message, suggestions: code === "INVALID_PARAMETERS" ? [tryEdit(compiled)] : [] }]
      : [],
  );

const tryEdit = ({ workflow }: CompiledWorkflow): string =>
  `Correct the step, then check it: ${commandText(`workflow validate ${workflow.name}`)}`;

/** Whether a problem is with the own parameters of a step that the run performs itself: it has no module that says no. */
function isOfControl(path: string, { steps }: CompiledWorkflow): boolean {
  const [, index] = /^steps\[(\d+)\]\.parameters\b/.exec(path) ?? [];
  const step = steps[Number(index ?? -1)];
  return step !== undefined && step.foreach === null && controlOf(step) !== null;
}

function refuse(
  found: readonly Refused[],
  { workflow, steps }: CompiledWorkflow,
  { modules, config }: OrchestrationEngine,
): void {
  const [first] = found;
  if (first === undefined) return;
  const missing = [...new Set(steps.map(({ module }) => module))].filter(
    (module) => !modules.has(module) && !CONTROL_MODULES.has(module),
  );
  const text = found.length === 1 ? first.message : `${count(found.length, "problem")}: ${listed(found)}`;
  throw new OrchestrationError(`Workflow '${workflow.name}' cannot be run here: ${text}`, {
    code: first.code,
    retryable: false,
    details: { workflow: workflow.name, problems: found.map(({ path, message }) => ({ path, message })) },
    suggestions: [...(missing.length > 0 ? [whereToPut(missing, config.modulesDir)] : []), ...triesOf(found)],
  });
}

const listed = (problems: readonly Refused[]): string => problems.map(({ message }) => message).join("; ");

function whereToPut(modules: readonly string[], directory: string): string {
  const files = modules.slice(0, 3).map((module) => `${module}.mjs`);
  return `Put ${files.join(", ")}${modules.length > 3 ? " and the others" : ""} into ${directory}.`;
}

const triesOf = (found: readonly Refused[]): string[] => [
  ...new Set(found.flatMap(({ suggestions }) => suggestions)),
];
