import type { JsonObject, StoreReader } from "@orch/core";
import { readExecution } from "./execution-record.ts";
import { isDetached, readStepStates, runningChildren, type StepRecord } from "./stored-step.ts";
import { hasEnded } from "./take-over.ts";

/** What a step asks a person. */
export interface OpenQuestion {
  /** The execution that the step is in: the one that was asked for, or one inside of it. */
  readonly executionId: string;
  readonly workflow: string;
  readonly step: string;
  readonly kind: "human.approval" | "human.input";
  /** What the workflow says: data, not instructions. */
  readonly message: string;
  /** JSON Schema of the answer; null for an approval. */
  readonly form: JsonObject | null;
  readonly attempt: number;
  /** Since when it waits, milliseconds since the epoch: another time it is another question. */
  readonly since: number;
  /** When it goes on without an answer; null: never. */
  readonly until: number | null;
}

/**
 * What a person is asked in an execution that has not ended, and in those that run inside of it, from what is stored: the
 * same in every process. None of one that nobody knows. O(steps).
 */
export function openQuestions(id: string, store: StoreReader): OpenQuestion[] {
  const questions: OpenQuestion[] = [];
  const ids = [id];
  for (let next = ids.shift(); next !== undefined; next = ids.shift()) {
    const record = readExecution(next, store);
    if (record === null || hasEnded(record)) continue;
    for (const [step, state] of readStepStates(next, store)) {
      if (state.status !== "running") continue;
      const question = asked(state);
      if (question) questions.push({ executionId: next, workflow: record.workflow_name, step, ...question });
      else ids.push(...childrenOf(next, step, state, store));
    }
  }
  return questions;
}

function asked({ wait, attempt, started_at: since }: StepRecord) {
  const request = wait?.request;
  if (!wait || (request?.kind !== "human.approval" && request?.kind !== "human.input")) return null;
  const { kind, message } = request;
  const form = request.kind === "human.input" ? request.form : null;
  return { kind, message, form, attempt, since, until: wait.until };
}

function childrenOf(id: string, step: string, state: StepRecord, store: StoreReader): readonly string[] {
  if (state.runs_workflows) return runningChildren(id, step, store);
  return state.child === undefined || isDetached(state) ? [] : [state.child];
}
