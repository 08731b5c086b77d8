import type { TaskRuntime, Turn } from "@orch/tasks";
import { demandsOf } from "./child-port.ts";
import { readExecution } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import { isSuspect, loadStored } from "./load-execution.ts";
import { isQueued } from "./run-places.ts";
import type { StoredDefinitions } from "./stored-definition.ts";
import { readSteps } from "./stored-step.ts";
import { hasEnded, isCarried } from "./take-over.ts";

/** What a recovery does with an execution; `left`: it is not its to take, `suspect`: not with the others. */
export type RecoveryOutcome = "resumed" | "left" | "suspect";

/** What an execution is recovered with. */
export interface RecoveryInit {
  readonly id: string;
  /** The instance that had it, and is gone. */
  readonly owner: string;
  /** Also one that was interrupted before, without a step that ended since. */
  readonly isTried: boolean;
  readonly definitions: StoredDefinitions;
  readonly runtime: TaskRuntime;
}

/**
 * Reads an execution of a process that is gone, inside the transaction that takes it over, each of its records once. Throws
 * EXECUTION_PARKED for one that is set aside instead, and what a damaged record throws.
 */
export function loadForRecovery(
  { id, owner, isTried, definitions, runtime }: RecoveryInit,
  turn: Turn,
): LiveExecution | Exclude<RecoveryOutcome, "resumed"> {
  const { store } = turn;
  const stored = readExecution(id, store);
  // Its parent takes it along; one that was set aside waits for somebody to ask for it.
  if (stored === null || stored.owner !== owner || hasEnded(stored)) return "left";
  if (stored.parked !== null && !isQueued(stored)) return "left";
  if (isCarried(stored, store)) return "left";
  const steps = readSteps(id, store);
  if (!isTried && isSuspect({ stored, steps })) return "suspect";
  const compiled = definitions.read(id, store);
  const demands = demandsOf(compiled, stored, runtime);
  return loadStored({ id, stored, steps }, { compiled, demands, isRecovery: true }, turn);
}
