import type { JsonObject, JsonValue } from "@orch/core";
import type { FrontierSnapshot } from "@orch/dag";
import { type CompiledWorkflow, dependentsOf } from "./compiled-workflow.ts";
import type { ExecutionRecord, StepRecord } from "./execution-record.ts";
import { Run, type RunInit } from "./run.ts";
import type { StepEnd } from "./run-change.ts";

/** How a run goes on from what is stored. */
export interface StoredRun {
  readonly run: Run;
  /** Records of the steps that are still to come and have run before. */
  readonly earlier: ReadonlyMap<number, StepRecord>;
}

/** A run from the beginning. */
export const newRun = (id: string, record: ExecutionRecord, compiled: CompiledWorkflow): Run =>
  new Run(initOf(id, record, compiled));

/**
 * The run that the records of its steps describe: what completed stays, what was running goes on with its next attempt.
 * With `again` (to resume one that has ended) the other steps start anew, all but optional ones without which a completed
 * step has gone on.
 */
export function storedRun(
  id: string,
  record: ExecutionRecord,
  compiled: CompiledWorkflow,
  steps: ReadonlyMap<string, StepRecord>,
  again: boolean,
): StoredRun {
  const earlier = new Map<number, StepRecord>();
  const ends = new Array<StepEnd | undefined>(compiled.graph.size);
  const states = new Array<FrontierSnapshot["states"][number]>(compiled.graph.size).fill("pending");
  const continued: number[] = [];
  // Backwards, since whether a step is kept depends on those behind it.
  for (const node of compiled.graph.layers().order.toReversed()) {
    const { name = "", required = true } = compiled.steps[node] ?? {};
    const step = steps.get(name);
    if (step === undefined) continue;
    const state = stateOf(step);
    const isKept =
      state === "completed" ||
      !again ||
      (!required && dependentsOf(compiled, node).some((each) => ends[each] !== undefined));
    if (state === "pending" || !isKept) {
      earlier.set(node, again ? { ...step, failures: 0, due_at: 0 } : step);
      continue;
    }
    states[node] = state;
    ends[node] = endOf(step);
    if (
      state !== "completed" &&
      (!required || (state === "failed" && record.options.on_failure === "continue"))
    )
      continued.push(node);
  }
  return {
    run: new Run({ ...initOf(id, record, compiled), progress: { frontier: { states, continued }, ends } }),
    earlier,
  };
}

/** How a step ended, as its record says. */
export const endOf = ({ status, result, error, reason }: StepRecord): StepEnd => ({
  status,
  output: (result ?? null) as JsonValue,
  failure: (error as StepEnd["failure"]) ?? null,
  ...(reason === undefined ? {} : { reason }),
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
