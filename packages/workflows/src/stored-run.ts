import type { JsonObject, JsonValue } from "@orch/core";
import type { FrontierSnapshot } from "@orch/dag";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import type { ExecutionRecord } from "./execution-record.ts";
import type { PlannedStep } from "./resume-plan.ts";
import { Run, type RunInit } from "./run.ts";
import type { StepEnd } from "./run-change.ts";
import { isDetached, type StepRecord } from "./stored-step.ts";
import type { Completion } from "./undoing.ts";

/** How a run goes on from what is stored. */
export interface StoredRun {
  readonly run: Run;
  /** Records of the steps that are still to come and have run before. */
  readonly earlier: ReadonlyMap<number, StepRecord>;
  /** Steps that have completed and can be undone. */
  readonly completions: ReadonlyMap<number, Completion>;
}

/** A run from the beginning. */
export const newRun = (id: string, record: ExecutionRecord, compiled: CompiledWorkflow): Run =>
  new Run(initOf(id, record, compiled));

/**
 * The run that the records of its steps describe: what has ended stays, what was running goes on with its next attempt.
 * With a `plan` (to go on with one that has ended, or was edited) only what it reuses stays; the rest starts anew.
 */
export function storedRun(
  id: string,
  record: ExecutionRecord,
  compiled: CompiledWorkflow,
  steps: ReadonlyMap<string, StepRecord>,
  plan: readonly PlannedStep[] | null = null,
): StoredRun {
  const earlier = new Map<number, StepRecord>();
  const completions = new Map<number, Completion>();
  const ends = new Array<StepEnd | undefined>(compiled.graph.size);
  const states = new Array<FrontierSnapshot["states"][number]>(compiled.graph.size).fill("pending");
  const continued: number[] = [];
  for (const [node, { name, required }] of compiled.steps.entries()) {
    const step = steps.get(name);
    if (step === undefined) continue;
    const state = stateOf(step);
    const planned = plan?.[node];
    if (state === "pending" || (planned && planned.action !== "reuse")) {
      earlier.set(node, planned ? resetRecord(step, planned) : step);
      continue;
    }
    states[node] = state;
    ends[node] = endOf(step);
    const { completion, child } = step;
    if (state === "completed" && completion !== undefined)
      completions.set(node, { at: completion, child: isDetached(step) ? null : (child ?? null) });
    if (
      state !== "completed" &&
      (!required || (state === "failed" && record.options.on_failure === "continue"))
    )
      continued.push(node);
  }
  const progress = { frontier: { states, continued }, ends };
  return { run: new Run({ ...initOf(id, record, compiled), progress }), earlier, completions };
}

/** What is left of the record of a step that runs again: how often it was tried. */
export function resetRecord(step: StepRecord, { isAnew }: Pick<PlannedStep, "isAnew">): StepRecord {
  // In flight when its process died: it goes on, with the retries that it has left.
  if (!isAnew && step.status === "running") return step;
  const { attempt, execution_ms, started_at } = step;
  const again = { status: "pending", attempt, failures: 0, started_at, ended_at: 0, execution_ms } as const;
  return isAnew || step.child === undefined ? again : { ...again, child: step.child };
}

/** How a step ended, as its record says. */
export const endOf = ({ status, result, error, reason, warning, cached }: StepRecord): StepEnd => ({
  status,
  output: (result ?? null) as JsonValue,
  failure: (error as StepEnd["failure"]) ?? null,
  ...(reason === undefined ? {} : { reason }),
  ...(warning === undefined ? {} : { warning }),
  ...(cached === undefined ? {} : { cached }),
});

function initOf(
  id: string,
  { workflow_name, parameters, options, session_id }: ExecutionRecord,
  compiled: CompiledWorkflow,
): RunInit {
  return {
    compiled,
    parameters: parameters as JsonObject,
    overrides: options.overrides,
    onFailure: options.on_failure,
    about: { id, workflow_name, session_id, mode: options.mode },
  };
}

function stateOf({ status }: StepRecord): "completed" | "failed" | "skipped" | "pending" {
  if (status === "completed" || status === "skipped") return status;
  return status === "failed" || status === "timeout" || status === "cancelled" ? "failed" : "pending";
}
