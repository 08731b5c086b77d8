import type { TaskRuntime, Turn } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { readDoneItems } from "./done-items.ts";
import { type ExecutionRecord, readExecution } from "./execution-record.ts";
import { type LiveExecution, liveExecution, type StepDemand } from "./live-execution.ts";
import type { StoredDefinitions } from "./stored-definition.ts";
import { lastSequence } from "./stored-events.ts";
import { storedRun } from "./stored-run.ts";
import { readSteps } from "./stored-step.ts";
import { hasEnded } from "./take-over.ts";
import { partsToUndo } from "./undoing.ts";

/** What executions are read with that are to be undone. */
export interface UndoChildInit {
  readonly runtime: TaskRuntime;
  readonly definitions: StoredDefinitions;
  readonly demandsOf: (
    compiled: CompiledWorkflow,
    record: Pick<ExecutionRecord, "session_id">,
    runtime: TaskRuntime,
  ) => readonly StepDemand[];
}

/**
 * An execution that a step of `parent` has run and that has completed, to be undone, or one of which that is under way. Null
 * where nothing of it can be undone, or nothing any more.
 */
export function loadToUndo(
  id: string,
  parent: LiveExecution,
  init: UndoChildInit,
  turn: Turn,
): LiveExecution | null {
  const record = readExecution(id, turn.store);
  if (record === null || record.parent?.execution_id !== parent.id) return null;
  const isUnderWay = record.undoing !== null;
  if (!isUnderWay && record.status !== "completed") return null;
  const execution = loaded(id, record, parent, init, turn);
  return isUnderWay || hasAnything(execution, init, turn) ? execution : null;
}

function loaded(
  id: string,
  stored: ExecutionRecord,
  parent: LiveExecution,
  { runtime, definitions, demandsOf }: UndoChildInit,
  turn: Turn,
): LiveExecution {
  const { store } = turn;
  const compiled = definitions.read(id, store);
  const steps = readSteps(id, store);
  const undoing = stored.undoing ?? {
    status: "cancelled" as const,
    errors: [`Undone with execution '${parent.id}', which ${parent.undoing?.end.status ?? "failed"}`],
    warnings: [],
    error_code: "CANCELLED",
  };
  const record: ExecutionRecord = { ...stored, status: "running", ended_at: null, undoing };
  const { run, completions } = storedRun(id, record, compiled, steps);
  const doneItems = readDoneItems({ id, compiled, steps, anew: new Set() }, store);
  const demands = demandsOf(compiled, stored, runtime);
  const sequence = lastSequence(id, store);
  const isAgain = hasEnded(stored);
  return liveExecution({ id, record, run, demands, completions, doneItems, sequence, isAgain });
}

/** Whether anything can be undone of an execution, or of those inside of it. */
const hasAnything = (execution: LiveExecution, init: UndoChildInit, turn: Turn): boolean =>
  partsToUndo(execution, () => false).some(
    ({ child }) => child === null || loadToUndo(child, execution, init, turn) !== null,
  );
