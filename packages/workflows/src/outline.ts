import { type JsonValue, placeholdersIn } from "@orch/core";
import type { TaskStatus } from "@orch/tasks";
import { type CompiledWorkflow, dependenciesOf } from "./compiled-workflow.ts";
import { controlOf } from "./control-step.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** A workflow as it is drawn: its steps, and inside of those that run other workflows the steps of these. */
export interface WorkflowOutline {
  readonly workflow: string;
  /** Null for a definition, and for what stands for the executions of several items. */
  readonly executionId: string | null;
  /** In definition order. */
  readonly steps: readonly OutlineStep[];
}

/** A step as it is drawn. */
export interface OutlineStep {
  readonly name: string;
  readonly module: string;
  readonly action: string;
  readonly dependencies: readonly string[];
  /** Whether it is done for each item of a list. */
  readonly isEach: boolean;
  /** How it stands in its execution, `pending` before it has begun; null in a definition. */
  readonly status: TaskStatus | null;
  /** The workflow that it runs, or the reference that will name it; null for a step that runs none. */
  readonly runs: string | null;
  /** Whether it only starts that workflow: what becomes of it is its own affair. */
  readonly isDetached: boolean;
  /** The execution that it has started; null where there is none, or one for each item. */
  readonly executionId: string | null;
  /** What else is to be said, such as why nothing is drawn inside of it; empty for nothing. */
  readonly note: string;
  /** The steps of the workflow that it waits for; null where none are drawn. */
  readonly inner: WorkflowOutline | null;
}

/** Steps of one outline, all together: workflows inside of workflows multiply. */
const MOST_STEPS = 20_000;

/** How far an outline has come: the workflows that the one at hand is inside of, and how many steps may still be drawn. */
export interface Depth {
  readonly names: readonly string[];
  readonly budget: { left: number };
}

/** Where an outline begins. */
export const atTop = (compiled: CompiledWorkflow): Depth => ({
  names: [compiled.workflow.name],
  budget: { left: MOST_STEPS - compiled.steps.length },
});

/**
 * The outline of a definition. `find` gives the checked workflow of a name, or null. A step that starts a workflow detached
 * has nothing inside, nor has one whose workflow is known only when it runs, is not defined, or is one that it is inside
 * of itself; its note says so. O(steps that are drawn), which are 20,000 at most beside those of the workflow itself.
 */
export const outlineWorkflow = (
  compiled: CompiledWorkflow,
  find: (name: string) => CompiledWorkflow | null,
): WorkflowOutline => outlineInside(compiled, find, atTop(compiled));

/** As {@link outlineWorkflow}, of one inside of others. */
export function outlineInside(
  compiled: CompiledWorkflow,
  find: (name: string) => CompiledWorkflow | null,
  depth: Depth,
): WorkflowOutline {
  const steps = compiled.steps.map((step, node): OutlineStep => {
    const base = bareStep(compiled, node);
    if (base.runs === null) return base;
    const target = targetOf(step, find, depth);
    if (typeof target === "string") return { ...base, note: target };
    return { ...base, note: noteOf(base), inner: outlineInside(target, find, inside(target, depth)) };
  });
  return { workflow: compiled.workflow.name, executionId: null, steps };
}

/** A step by itself, of a definition. */
export function bareStep(compiled: CompiledWorkflow, node: number): OutlineStep {
  const { name = "", module = "", action = "", foreach = null, parameters } = compiled.steps[node] ?? {};
  const runsOther = controlOf({ module, action }) === "workflow.run";
  return {
    name,
    module,
    action,
    dependencies: dependenciesOf(compiled, node),
    isEach: foreach !== null,
    status: null,
    runs: runsOther ? textOf(parameters?.["workflow"]) : null,
    isDetached: runsOther && parameters?.["detached"] === true,
    executionId: null,
    note: "",
    inner: null,
  };
}

/** What is said of a step that has something inside. */
export const noteOf = ({ runs, isEach }: Pick<OutlineStep, "runs" | "isEach">): string =>
  `runs '${runs}'${isEach ? " for each item" : ""}`;

/** The workflow whose steps are drawn inside of a step, or why none are. Takes its steps from what may be drawn. */
export function targetOf(
  { parameters }: WorkflowStep,
  find: (name: string) => CompiledWorkflow | null,
  { names, budget }: Depth,
): CompiledWorkflow | string {
  const name = parameters["workflow"];
  const text = textOf(name);
  if (parameters["detached"] === true) return `detached: starts '${text}'`;
  if (typeof name !== "string" || placeholdersIn(name).length > 0) return `runs ${text}`;
  if (names.includes(name)) return `runs '${name}' again`;
  const target = find(name);
  if (target === null) return `runs '${name}', which is not defined`;
  if (target.steps.length > budget.left) return `runs '${name}'; too much to draw`;
  budget.left -= target.steps.length;
  return target;
}

/** The depth inside of a workflow that was found. */
export const inside = ({ workflow }: CompiledWorkflow, { names, budget }: Depth): Depth => ({
  names: [...names, workflow.name],
  budget,
});

const textOf = (value: JsonValue | undefined): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? null);
