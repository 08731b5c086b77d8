import { isTerminalStatus } from "@orch/tasks";
import { type CompiledWorkflow, dependenciesOf, dependentsOf } from "./compiled-workflow.ts";
import { usedBy } from "./parameters-again.ts";
import { changedParts } from "./step-change.ts";
import type { StepRecord } from "./stored-step.ts";

/** What becomes of a step when its execution goes on. */
export interface PlannedStep {
  readonly step: string;
  /**
   * `reuse`: its result is kept. `rerun`: it has run and runs again. `run`: it has not run yet. `new`: the edited
   * definition has added it. `removed`: the edited definition does not have it any more; what it did is not undone.
   */
  readonly action: "reuse" | "rerun" | "run" | "new" | "removed";
  /** How it stands, as its record says; null without one. */
  readonly status: string | null;
  /** Why, as a part of a sentence: `its parameters changed`. */
  readonly reason: string;
  /** What it did before counts no more, so that it begins from nothing: also the items of a `foreach`. */
  readonly isAnew: boolean;
}

/** What a plan is made from. */
export interface PlanInput {
  /** The definition to go on with. */
  readonly compiled: CompiledWorkflow;
  /** The one that it ran with. */
  readonly before: CompiledWorkflow;
  readonly steps: ReadonlyMap<string, Pick<StepRecord, "status">>;
  /** Steps whose undo has ended. */
  readonly undone: ReadonlySet<string>;
  /** Parameters of the execution that have another value than before. @default none */
  readonly changed?: ReadonlySet<string>;
  /** The step from which all is to run again; null for none. */
  readonly from: string | null;
}

/**
 * What goes on and why: finished steps are kept, unless they or something that they depend on were changed, undone or
 * asked for. Pure; in definition order, removed steps last; O(steps + edges + text).
 */
export function planResume(input: PlanInput): PlannedStep[] {
  const { compiled, before, steps } = input;
  const planned = new Array<PlannedStep>(compiled.graph.size);
  const { order } = compiled.graph.layers();
  for (const node of order) planned[node] = planForward(input, node, planned);
  for (const node of order.toReversed()) {
    const plan = planned[node];
    if (plan && isLeftAlone(compiled, node, plan, planned))
      planned[node] = { ...plan, action: "reuse", reason: "a completed step has gone on without it" };
  }
  const removed = before.steps.flatMap(({ name }): PlannedStep[] => {
    const status = steps.get(name)?.status ?? null;
    const isGone = compiled.graph.indexOf(name) < 0;
    return isGone ? [{ step: name, action: "removed", status, reason: "it was removed", isAnew: false }] : [];
  });
  return [...planned, ...removed];
}

function planForward(
  { compiled, before, steps, undone, from, changed = new Set() }: PlanInput,
  node: number,
  planned: readonly PlannedStep[],
): PlannedStep {
  const step = compiled.steps[node]?.name ?? "";
  const status = steps.get(step)?.status ?? null;
  if (before.graph.indexOf(step) < 0)
    return { step, action: "new", status, reason: "it was added", isAnew: true };
  const cause =
    (step === from ? "it was asked for" : null) ??
    (undone.has(step) ? "it was undone" : null) ??
    changeOf(before, compiled, step) ??
    otherDefault(compiled, node, changed) ??
    anewBefore(compiled, node, planned) ??
    staleBefore(compiled, node, status, planned);
  const isAnew = cause !== null;
  if (status === null) return { step, action: "run", status, reason: "it has not run yet", isAnew };
  if (isAnew) return { step, action: "rerun", status, reason: cause, isAnew };
  if (status === "completed") return { step, action: "reuse", status, reason: "it has completed", isAnew };
  if (status === "skipped") return { step, action: "run", status, reason: "it was skipped", isAnew };
  const reason = isTerminalStatus(status) ? UNFINISHED[status] : "it was interrupted";
  return { step, action: "rerun", status, reason: reason ?? "it was interrupted", isAnew };
}

const UNFINISHED: Readonly<Record<string, string>> = {
  failed: "it failed",
  timeout: "it timed out",
  cancelled: "it was cancelled",
};

function changeOf(before: CompiledWorkflow, compiled: CompiledWorkflow, step: string): string | null {
  if (before === compiled) return null;
  const parts = changedParts(before, compiled, step);
  return parts.length === 0 ? null : `its ${parts.join(", ")} changed`;
}

function otherDefault(compiled: CompiledWorkflow, node: number, changed: ReadonlySet<string>): string | null {
  const name = usedBy(compiled, node, changed);
  return name === undefined ? null : `parameter '${name}' has another default`;
}

function anewBefore(
  compiled: CompiledWorkflow,
  node: number,
  planned: readonly PlannedStep[],
): string | null {
  const found = dependenciesOf(compiled, node).find((name) => {
    const plan = planned[compiled.graph.indexOf(name)];
    return plan?.isAnew === true && plan.action !== "run";
  });
  return found === undefined ? null : `step '${found}' runs again`;
}

/**
 * A step that has run without the result of another one (it was optional, or failures were to hinder nothing) and that is
 * to see what that one gives now. What has completed without an optional step stays: that one is left alone.
 */
function staleBefore(
  compiled: CompiledWorkflow,
  node: number,
  status: PlannedStep["status"],
  planned: readonly PlannedStep[],
): string | null {
  if (status === null || status === "skipped") return null;
  const found = dependenciesOf(compiled, node).find((name) => {
    const other = compiled.graph.indexOf(name);
    const isMissed = compiled.steps[other]?.required !== false || status !== "completed";
    return isMissed && planned[other] !== undefined && planned[other].action !== "reuse";
  });
  return found === undefined ? null : `step '${found}' runs again`;
}

/** An optional step that did not complete, when a step that needs it has gone on and is kept. */
function isLeftAlone(
  compiled: CompiledWorkflow,
  node: number,
  { isAnew, status }: PlannedStep,
  planned: readonly PlannedStep[],
): boolean {
  if (isAnew || status === null || status === "completed" || !isTerminalStatus(status as "failed"))
    return false;
  if (compiled.steps[node]?.required !== false) return false;
  return dependentsOf(compiled, node).some((each) => planned[each]?.action === "reuse");
}
