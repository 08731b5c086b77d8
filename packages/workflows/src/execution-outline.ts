import type { StoreReader } from "@orch/core";
import { isTerminalStatus, type TaskStatus } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound } from "./errors.ts";
import {
  atTop,
  bareStep,
  type Depth,
  inside,
  noteOf,
  type OutlineStep,
  outlineInside,
  targetOf,
  type WorkflowOutline,
} from "./outline.ts";
import { readItems, readStep, type StepRecord } from "./stored-step.ts";

/** Where executions and definitions are looked up: a `WorkflowManager` is one. */
export interface OutlineSource {
  readonly runtime: { readonly store: StoreReader };
  /** The definition that an execution runs; null for an unknown one. */
  definitionOf(id: string): CompiledWorkflow | null;
  /** The checked workflow of a name, or null. */
  getCompiled(name: string): CompiledWorkflow | null;
}

/**
 * The outline of an execution: every step with how it stands. Inside of a step that has begun to run another workflow are
 * the steps of that execution, under the definition that it runs; before that those of the workflow as it is defined now.
 * From what is stored. Throws EXECUTION_NOT_FOUND. O(steps that are drawn).
 */
export function outlineExecution(id: string, source: OutlineSource): WorkflowOutline {
  const compiled = source.definitionOf(id);
  if (compiled === null) throw executionNotFound(id);
  return outlineOf(id, compiled, source, atTop(compiled));
}

function outlineOf(
  executionId: string,
  compiled: CompiledWorkflow,
  source: OutlineSource,
  depth: Depth,
): WorkflowOutline {
  const find = (name: string) => source.getCompiled(name);
  const steps = compiled.steps.map((step, node): OutlineStep => {
    const record = readStep(executionId, step.name, source.runtime.store);
    const base = { ...bareStep(compiled, node), status: record?.status ?? ("pending" as const) };
    if (base.runs === null) return base;
    const { child } = record ?? {};
    if (record?.runs_workflows) return { ...base, ...ofItems(executionId, base, record, source, depth) };
    if (base.isDetached || child === undefined) {
      const target = targetOf(step, find, depth);
      if (typeof target === "string") return { ...base, executionId: child ?? null, note: target };
      const inner = pending(outlineInside(target, find, inside(target, depth)));
      return { ...base, note: noteOf(base), inner };
    }
    return { ...base, ...begun(child, record, source, depth) };
  });
  return { workflow: compiled.workflow.name, executionId, steps };
}

/** What a step has started; it may have been a detached one, by a reference. */
function begun(
  child: string,
  record: StepRecord | null,
  source: OutlineSource,
  depth: Depth,
): Pick<OutlineStep, "runs" | "isDetached" | "executionId" | "note" | "inner"> {
  const request = record?.wait?.request;
  const asked = request?.kind === "workflow.run" ? request : null;
  const target = source.definitionOf(child);
  const runs = target?.workflow.name ?? asked?.workflow ?? null;
  const base = { runs, isDetached: asked?.detached ?? false, executionId: child, inner: null };
  if (base.isDetached) return { ...base, note: `detached: starts '${runs}'` };
  if (target === null) return { ...base, note: `runs '${runs}', which is not stored any more` };
  if (target.steps.length > depth.budget.left) return { ...base, note: `runs '${runs}'; too much to draw` };
  depth.budget.left -= target.steps.length;
  const inner = outlineOf(child, target, source, inside(target, depth));
  return { ...base, note: noteOf({ runs, isEach: false }), inner };
}

/** Executions of items that are drawn as one, at most. */
const MOST_ITEMS = 1000;

/** What the items of a step have started, drawn as one where it is of one workflow. */
function ofItems(
  id: string,
  { name, runs, isDetached }: OutlineStep,
  { items = 0 }: StepRecord,
  source: OutlineSource,
  depth: Depth,
): Pick<OutlineStep, "note" | "inner"> {
  const records = [...readItems(id, name, source.runtime.store).values()];
  const ended = records.filter(({ status }) => isTerminalStatus(status));
  const failed = ended.filter(({ status }) => status !== "completed").length;
  const counts = `${ended.length}/${items} items${failed > 0 ? `, ${failed} failed` : ""}`;
  const note = `${isDetached ? "detached: starts" : "runs"} '${runs}': ${counts}`;
  const children = records.flatMap(({ child }) => child ?? []);
  if (isDetached || children.length > MOST_ITEMS) return { note, inner: null };
  const begun = children.flatMap((child) => {
    const compiled = source.definitionOf(child);
    // Drawn as one: those behind the first take nothing from what may be drawn.
    return compiled === null ? [] : [outlineOf(child, compiled, source, inside(compiled, depth))];
  });
  return { note, inner: asOne(begun) };
}

/** Several outlines of one workflow as one of them; null for none, and for several workflows. */
function asOne(outlines: readonly WorkflowOutline[]): WorkflowOutline | null {
  const [first, ...others] = outlines;
  if (first === undefined || others.some((each) => !isAlike(first, each))) return null;
  const steps = first.steps.map((step, at): OutlineStep => {
    const all = outlines.flatMap((each) => each.steps[at] ?? []);
    const inner = asOne(all.flatMap((each) => each.inner ?? []));
    return { ...step, status: statusOfAll(all), executionId: null, inner };
  });
  return { workflow: first.workflow, executionId: null, steps };
}

const isAlike = (one: WorkflowOutline, other: WorkflowOutline): boolean =>
  one.workflow === other.workflow &&
  one.steps.length === other.steps.length &&
  one.steps.every(({ name }, at) => other.steps[at]?.name === name);

/** What is most to be known of several: that one failed, that one runs, that not all have ended. */
function statusOfAll(steps: readonly OutlineStep[]): TaskStatus {
  const statuses = new Set(steps.map(({ status }) => status ?? "pending"));
  const [only = "pending", ...more] = statuses;
  if (more.length === 0) return only;
  const found = MOST_TELLING.find((status) => statuses.has(status));
  return found ?? (statuses.has("completed") && statuses.has("skipped") ? "completed" : "pending");
}

const MOST_TELLING = ["failed", "timeout", "cancelled", "running"] as const;

/** An outline of what has not begun. */
const pending = (outline: WorkflowOutline): WorkflowOutline => ({
  ...outline,
  steps: outline.steps.map((step) => {
    const status: TaskStatus = "pending";
    return { ...step, status, inner: step.inner && pending(step.inner) };
  }),
});
