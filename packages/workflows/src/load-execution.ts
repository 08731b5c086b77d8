import { isObject, OrchestrationError } from "@orch/core";
import { isTerminalStatus, type Turn } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { readDoneItems } from "./done-items.ts";
import { executionNotFound } from "./errors.ts";
import { asRecord, dueAfterPause, type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import { dueAt, undeclaredWarnings } from "./execution-start.ts";
import { type LiveExecution, liveExecution, type StepDemand } from "./live-execution.ts";
import { boundAgain } from "./parameters-again.ts";
import { type PlannedStep, planResume } from "./resume-plan.ts";
import { isQueued } from "./run-places.ts";
import { lastSequence } from "./stored-events.ts";
import { resetRecord, storedRun } from "./stored-run.ts";
import { readItem, readSteps, readUndone, type StepRecord } from "./stored-step.ts";
import { hasEnded, takenError } from "./take-over.ts";
import { writtenForm } from "./workflow-library.ts";

/** An execution that was in flight this often in a row when its process died is suspected of killing it. */
const MOST_RECOVERIES = 3;

/** The records of an execution. */
export interface StoredExecution {
  readonly id: string;
  readonly stored: ExecutionRecord;
  readonly steps: ReadonlyMap<string, StepRecord>;
}

/** What an execution goes on with. */
export interface LoadOptions {
  /** The definition to go on with. */
  readonly compiled: CompiledWorkflow;
  readonly demands: readonly StepDemand[];
  /** The definition that it ran with, where that is another one. */
  readonly before?: CompiledWorkflow | undefined;
  /** A step from which all is to run again. */
  readonly from?: string | null;
  /** Nobody has asked for it: its process died. */
  readonly isRecovery?: boolean;
  /** One that is paused stays so. @default false */
  readonly staysParked?: boolean;
}

/**
 * Reads an execution inside the transaction that takes it over. Throws STORE_LOCKED when it has changed hands since it was
 * `seen`, so that two processes that resume it at once cannot both have it, and EXECUTION_PARKED for one that is set
 * aside instead.
 */
export function loadForTakeOver(
  id: string,
  seen: Pick<ExecutionRecord, "epoch" | "status">,
  options: LoadOptions,
  turn: Turn,
): LiveExecution {
  const { store } = turn;
  const stored = readExecution(id, store);
  if (stored === null) throw executionNotFound(id);
  if (stored.epoch !== seen.epoch || stored.status !== seen.status) throw takenError(id, stored, store);
  return loadStored({ id, stored, steps: readSteps(id, store, options.from) }, options, turn);
}

/** An execution that was read inside the transaction that takes it over. Throws EXECUTION_PARKED for one that is set aside instead. */
export function loadStored(
  { id, stored, steps }: StoredExecution,
  options: LoadOptions,
  turn: Turn,
): LiveExecution {
  const { store, at } = turn;
  const recoveries = recoveriesOf(stored, steps, options.isRecovery ?? false);
  if (recoveries.recoveries > MOST_RECOVERIES) throw park(id, stored, turn);
  const { compiled, demands, staysParked = false } = options;
  const { parameters, changed } = options.before
    ? boundAgain(compiled, stored)
    : { parameters: stored.parameters, changed: new Set<string>() };
  const plan = planOf({ id, stored, steps }, options, changed, turn);
  if (plan) resetSteps(id, steps, plan, turn);
  if (options.before) turn.put(keys.definition(id), writtenForm(compiled));
  const isAgain = hasEnded(stored);
  if (stored.ended_at !== null) turn.delete(keys.ended(stored.ended_at, id));
  const record: ExecutionRecord = {
    ...stored,
    ...recoveries,
    parameters,
    status: "running",
    // One that ran out of time gets all of it anew.
    due_at: isAgain
      ? dueAt(at, stored.options.timeout_ms)
      : staysParked
        ? stored.due_at
        : dueAfterPause(stored, at),
    ended_at: null,
    errors: [],
    warnings: undeclaredWarnings(compiled, parameters, stored.options.implied),
    error_code: null,
    parked: staysParked ? stored.parked : null,
    outputs: null,
  };
  const { run, earlier, completions } = storedRun(id, record, compiled, steps, plan);
  const sequence = lastSequence(id, store);
  const anew = anewIn(plan);
  const doneItems = readDoneItems({ id, compiled, steps, anew }, store);
  return liveExecution({
    ...{ id, record, run, demands, anew, earlier, completions, doneItems, sequence, isAgain },
  });
}

/** Nothing is planned for one that was interrupted and goes on as it was. */
function planOf(
  { id, stored, steps }: StoredExecution,
  { compiled, before = compiled, from = null }: LoadOptions,
  changed: ReadonlySet<string>,
  { store }: Turn,
): PlannedStep[] | null {
  if (!hasEnded(stored) && before === compiled && from === null) return null;
  return planResume({ compiled, before, steps, from, changed, undone: readUndone(id, store) });
}

/** The steps that begin from nothing. A plan is in definition order. */
const anewIn = (plan: readonly PlannedStep[] | null): Set<number> =>
  new Set((plan ?? []).flatMap(({ isAnew }, node) => (isAnew ? [node] : [])));

/** On disk, too: should this process die before a step has begun, the next one must not take its old end for the new one. */
function resetSteps(
  id: string,
  steps: ReadonlyMap<string, StepRecord>,
  plan: readonly PlannedStep[],
  turn: Turn,
): void {
  for (const { step, action, isAnew } of plan) {
    const record = steps.get(step);
    if (!record || action === "reuse" || action === "removed") continue;
    const reset = resetRecord(record, { isAnew });
    if (reset === record) continue;
    if (record.attempt === 0) turn.delete(keys.step(id, step));
    else turn.put(keys.step(id, step), reset as Parameters<Turn["put"]>[1]);
    resetItems(keys.items(id, step), { isAnew, runsWorkflows: record.runs_workflows ?? false }, turn);
    if (!isAnew) continue;
    if (record.result_apart) turn.delete(keys.result(id, step));
    turn.delete(keys.undo(id, step));
    for (const [key] of turn.store.list(`${keys.undo(id, step)}/`)) turn.delete(key);
  }
}

/**
 * Items that did not complete begin from nothing, and so do damaged ones: it is the same as if they had never begun. One that
 * runs another workflow goes on with the execution that it has.
 */
function resetItems(
  prefix: string,
  { isAnew, runsWorkflows }: { readonly isAnew: boolean; readonly runsWorkflows: boolean },
  turn: Turn,
): void {
  for (const [key, value] of turn.store.list(prefix)) {
    const item = runsWorkflows && !isAnew ? readItem(value) : null;
    if (item?.child !== undefined) {
      if (item.status !== "completed")
        turn.put(key, resetRecord(item, { isAnew }) as Parameters<Turn["put"]>[1]);
    } else if (isAnew || !isObject(value) || value["status"] !== "completed") turn.delete(key);
  }
}

/** A step that ended since shows that the execution gets on; one that is asked for by hand begins to count anew. */
function recoveriesOf(
  { recoveries, steps_ended, parked }: ExecutionRecord,
  steps: ReadonlyMap<string, StepRecord>,
  isRecovery: boolean,
): Pick<ExecutionRecord, "recoveries" | "steps_ended"> {
  const ended = endedSteps(steps);
  if (!isRecovery) return { recoveries: 0, steps_ended: ended };
  // What waited for its turn did not end its process.
  if (isQueued({ parked })) return { recoveries, steps_ended };
  return { recoveries: ended > steps_ended ? 1 : recoveries + 1, steps_ended: ended };
}

const endedSteps = (steps: ReadonlyMap<string, StepRecord>): number =>
  [...steps.values()].filter(({ status }) => isTerminalStatus(status)).length;

/** Whether an execution was interrupted before, and no step of it has ended since: it may be what ends its process. */
export const isSuspect = ({ stored, steps }: Pick<StoredExecution, "stored" | "steps">): boolean =>
  stored.recoveries > 0 && endedSteps(steps) <= stored.steps_ended;

function park(id: string, record: ExecutionRecord, turn: Turn): OrchestrationError {
  const hint = `orch resume ${id}`;
  const parked = { reason: "too_many_recoveries", since: turn.at, hint };
  turn.put(keys.execution(id), asRecord({ ...record, parked }));
  return new OrchestrationError(
    `Execution '${id}' is set aside: its process died ${MOST_RECOVERIES} times in a row while it ran`,
    {
      code: "EXECUTION_PARKED",
      retryable: false,
      details: { execution_id: id, recoveries: record.recoveries },
      suggestions: [`Look at the step that was running, then go on: ${hint}`],
    },
  );
}
