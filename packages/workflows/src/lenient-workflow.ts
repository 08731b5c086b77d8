import { InvalidParametersError, isObject } from "@orch/core";
import { Workflow } from "./workflow.ts";
import { WorkflowStep } from "./workflow-step.ts";

/** What could be understood of a definition. */
interface LenientWorkflow {
  readonly workflow: Workflow;
  /** Names that were made up for steps without a valid one, each with what stands there. */
  readonly invented: ReadonlyMap<string, string>;
  /** Paths of dependencies that stand somewhere else, each with where that is. */
  readonly moved: ReadonlyMap<string, string>;
}

/** The module of a step that says none that can be read. */
export const UNREADABLE = "?";

/** Finds the names in a text that were made up: nobody else names a step so. */
export const INVENTED_NAME = /unnamed_step_\d+_*/g;

const ANY_STEP = { name: "step", module: UNREADABLE, action: UNREADABLE } as const;

type Fields = Record<string, unknown>;

/**
 * What can be understood of a definition whose fields have problems: every field that is sound for itself. It is enough to
 * check how the steps go together, and what else is wrong, so that all problems are found at once. Every step keeps its
 * place. Null where there is nothing to look at.
 */
export function lenientWorkflow(written: unknown): LenientWorkflow | null {
  if (!isObject(written)) return null;
  const { steps: given, ...others } = written;
  const list = Array.isArray(given) ? (given as unknown[]) : [];
  const names = inventNames(list);
  const moved = new Map<string, string>();
  const steps = list.map((step, index) => lenientStep(step, index, names, moved));
  const fields = soundFields(others, (field) => new Workflow({ name: "w", steps: [ANY_STEP], ...field }));
  const whole = { name: "definition", ...fields, steps: steps.length > 0 ? steps : [ANY_STEP] };
  // References in the outputs say nothing where the steps are not known.
  const workflow = attempt(() => new Workflow(steps.length > 0 ? whole : { ...whole, outputs: {} }));
  return workflow === null ? null : { workflow, invented: names.invented, moved };
}

interface InventedNames {
  readonly byIndex: ReadonlyMap<number, string>;
  /** By what stands where the name should be. */
  readonly byRaw: ReadonlyMap<string, string>;
  readonly invented: ReadonlyMap<string, string>;
}

/** Names for the steps that have no valid one. */
function inventNames(steps: readonly unknown[]): InventedNames {
  const taken = new Set(steps.map(nameOf));
  const byIndex = new Map<number, string>();
  const byRaw = new Map<string, string>();
  const invented = new Map<string, string>();
  for (const [index, step] of steps.entries()) {
    const raw = nameOf(step);
    if (isObject(step) && raw !== null && isValidName(raw)) continue;
    let name = `unnamed_step_${index + 1}`;
    while (taken.has(name)) name += "_";
    byIndex.set(index, name);
    invented.set(name, raw ?? `steps[${index}]`);
    if (raw !== null && !byRaw.has(raw)) byRaw.set(raw, name);
  }
  return { byIndex, byRaw, invented };
}

function nameOf(step: unknown): string | null {
  const name = isObject(step) ? step["name"] : step;
  return typeof name === "string" ? name : null;
}

const isValidName = (name: string): boolean =>
  attempt(() => new WorkflowStep({ ...ANY_STEP, name })) !== null;

function lenientStep(
  written: unknown,
  index: number,
  { byIndex, byRaw }: InventedNames,
  moved: Map<string, string>,
): WorkflowStep {
  const invented = byIndex.get(index);
  const whole = invented === undefined ? attempt(() => WorkflowStep.fromDict(written)) : null;
  if (whole !== null && !whole.dependencies.some((name) => byRaw.has(name))) return whole;
  const fields = soundFields(isObject(written) ? { ...written } : {}, (field) =>
    WorkflowStep.fromDict({ ...ANY_STEP, ...field }),
  );
  const named: Fields = { ...ANY_STEP, ...fields, ...(invented === undefined ? {} : { name: invented }) };
  const others = Object.fromEntries(Object.entries(named).filter(([key]) => !LISTS.includes(key)));
  const dependencies = allDependencies(named, `steps[${index}]`, moved).map(
    (name) => byRaw.get(name) ?? name,
  );
  return (
    attempt(() => WorkflowStep.fromDict({ ...others, dependencies })) ??
    new WorkflowStep({ ...ANY_STEP, name: String(named["name"]) })
  );
}

/** Names of one field. */
const LISTS: readonly string[] = ["dependencies", "depends_on", "dependsOn"];

/** What all lists of dependencies name, where they say different things; `moved` learns where the further ones stand. */
function allDependencies(named: Fields, place: string, moved: Map<string, string>): string[] {
  const [first = "", ...others] = LISTS.filter((key) => Array.isArray(named[key]));
  const all = [...((named[first] ?? []) as string[])];
  for (const key of others) {
    for (const [at, name] of (named[key] as string[]).entries()) {
      if (all.includes(name)) continue;
      moved.set(`${place}.dependencies[${all.length}]`, `${place}.${key}[${at}]`);
      all.push(name);
    }
  }
  return all;
}

/** The fields that `make` takes, each alone. */
const soundFields = (given: Fields, make: (field: Fields) => unknown): Fields =>
  Object.fromEntries(
    Object.entries(given).filter(([key, value]) => attempt(() => make({ [key]: value })) !== null),
  );

function attempt<Value>(make: () => Value): Value | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof InvalidParametersError) return null;
    throw error;
  }
}
