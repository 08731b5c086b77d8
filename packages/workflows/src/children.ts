import { type JsonObject, type JsonValue, OrchestrationError, type StoreReader } from "@orch/core";
import { type Failure, failureOf, type Turn } from "@orch/tasks";
import type { ControlRequest } from "./control-step.ts";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import type { LeftPart } from "./left-parts.ts";
import type { LiveExecution } from "./live-execution.ts";
import { describeEnd, type StepEnd } from "./run-change.ts";
import { endOf } from "./stored-run.ts";
import { readStepStates, readSteps } from "./stored-step.ts";
import { hasEnded } from "./take-over.ts";

/** Executions stand inside of each other no deeper than this. */
const DEEPEST = 16;

/** What a step asks for that runs another workflow. */
export type RunRequest = ControlRequest & { readonly kind: "workflow.run" };

/** The step, or the item of one, that runs an execution. */
export interface ChildPlace {
  readonly step: string;
  /** Null for the step itself. */
  readonly item: number | null;
}

/** An execution that has no record yet. */
export interface NewExecution {
  readonly execution: LiveExecution;
  readonly definition: JsonObject;
  /** Why it ends at once, without a step; null when it does not. */
  readonly refusal: { readonly failure: Failure; readonly status: "cancelled" | "failed" } | null;
}

/** What it takes to run one execution inside of another one; called inside the tick's transaction. */
export interface ChildPort {
  /** Throws WORKFLOW_NOT_FOUND, WORKFLOW_DEFINITION_INVALID, INVALID_PARAMETERS. */
  make(request: RunRequest, parent: LiveExecution, place: ChildPlace, at: number): NewExecution;
  /** A stored execution, to go on with here; of one that has ended what has failed is tried again. */
  load(id: string, record: ExecutionRecord, staysParked: boolean, turn: Turn): LiveExecution;
  /** One that has completed, to be undone, or of which that is under way; null where there is nothing to undo. */
  loadToUndo(id: string, parent: LiveExecution, turn: Turn): LiveExecution | null;
  /** The execution, while this process runs it: until its end is on disk. */
  live(id: string): LiveExecution | undefined;
  /** Whether it has ended here while code of it still runs. */
  isDraining(id: string): boolean;
  begin(made: NewExecution, turn: Turn): void;
  /** `isRecovery`: nobody has asked for it, its process died. */
  goOn(execution: LiveExecution, isRecovery: boolean, turn: Turn): void;
  /** Goes on with one that {@link ChildPort.load} gave only to end it, and to undo what it has done. */
  giveUp(execution: LiveExecution, turn: Turn): void;
  cancel(id: string, failure: Failure, turn: Turn): void;
}

/** What became of the step that runs another workflow. */
export interface BegunChild {
  readonly id: string | null;
  /** How the step ended already; null when it waits. */
  readonly end: StepEnd | null;
  /**
   * The step goes on only later: when it has ended, since it is still being undone, or when its code has stopped, of which
   * nobody tells. @default null
   */
  readonly hasToEnd?: "undone" | "draining" | null;
  /** With `hasToEnd`: another one takes its place then. @default false */
  readonly isSuperseded?: boolean;
  /** Lets the other execution begin. */
  readonly go: () => void;
}

/** What a step asks for, and what it has had before. */
export interface ChildRequest {
  readonly place: ChildPlace;
  readonly request: RunRequest;
  /** The execution that it had before, if any. */
  readonly id: string | null;
  /** That one was under way when its process died; else what has failed in it is tried again. */
  readonly inFlight: boolean;
}

interface StoredChild {
  readonly id: string;
  readonly record: ExecutionRecord;
  readonly inFlight: boolean;
}

/** Executions that are steps of other ones: always run by the process that runs those. */
export class Children {
  readonly #port: ChildPort;

  constructor(port: ChildPort) {
    this.#port = port;
  }

  /** Prepares the execution that a step asks for. */
  begin(parent: LiveExecution, { place, request, id, inFlight }: ChildRequest, turn: Turn): BegunChild {
    try {
      const record = id === null ? null : readExecution(id, turn.store);
      if (id !== null && record !== null) return this.#again(parent, { id, record, inFlight }, turn);
      const before = this.#before(parent, place, turn);
      if (before) return before;
      if (parent.record.depth >= DEEPEST) throw tooDeep(request.workflow);
      const made = this.#port.make(request, parent, place, turn.at);
      const go = () => this.#port.begin(made, turn);
      turn.put(keys.part(parent.id, place, made.execution.id), true);
      if (!request.detached) return { id: made.execution.id, end: null, go };
      go();
      const output = { execution_id: made.execution.id };
      return { id: made.execution.id, end: { status: "completed", output, failure: null }, go: () => {} };
    } catch (error) {
      return { id, end: { status: "failed", output: null, failure: failureOf(error) }, go: () => {} };
    }
  }

  /** Ends an execution that its parent does not want any more; whether it is still to be undone. */
  cancel(id: string, failure: Failure, turn: Turn): boolean {
    this.#port.cancel(id, failure, turn);
    return this.#port.live(id)?.hasEnded === false;
  }

  /** Undoes what a step of `parent` has given up, or goes on with that; whether it is still to be undone. */
  leave({ id, record }: LeftPart, turn: Turn): boolean {
    if (this.#port.live(id)) return false;
    const execution = this.#port.load(id, record, true, turn);
    this.#port.giveUp(execution, turn);
    return !execution.hasEnded;
  }

  /** What begins to undo an execution with the rest of its parent; null where there is nothing to undo. */
  undo(id: string, parent: LiveExecution, turn: Turn): (() => void) | null {
    if (this.#port.live(id)) return null;
    const execution = this.#port.loadToUndo(id, parent, turn);
    return execution && (() => this.#port.goOn(execution, false, turn));
  }

  /** One that the step ran before it was to begin from nothing, while that is still being undone; null for none. */
  #before(parent: LiveExecution, place: ChildPlace, turn: Turn): BegunChild | null {
    if (parent.record.epoch === 0) return null;
    for (const [key] of turn.store.list(keys.partsOfStep(parent.id, place))) {
      const id = key.slice(key.lastIndexOf("/") + 1);
      const record = readExecution(id, turn.store);
      const live = this.#port.live(id);
      const waits = { id, end: null, isSuperseded: true };
      // A detached one goes its own way.
      if (record?.parent?.execution_id !== parent.id) continue;
      if (this.#port.isDraining(id)) return { ...waits, hasToEnd: "draining", go: () => {} };
      // What was to end went on here with the whole: it is live until it has.
      if (live && !live.hasEnded) return { ...waits, hasToEnd: "undone", go: () => {} };
    }
    return null;
  }

  /** After a crash it goes on, when its parent is run again what has failed in it is. */
  #again(parent: LiveExecution, { id, record, inFlight }: StoredChild, turn: Turn): BegunChild {
    if (record.status === "completed" || (inFlight && hasEnded(record)))
      return { id, end: endOfStoredChild(id, record, turn.store), go: () => {} };
    const live = this.#port.live(id);
    // In this very turn: the store does not show it yet.
    if (live?.hasEnded) return { id, end: endOfLiveChild(live), go: () => {} };
    const isUndone = !inFlight && !hasEnded(record);
    if (live) return { id, end: null, hasToEnd: isUndone ? "undone" : null, go: () => {} };
    // Attempts of a step never overlap.
    if (this.#port.isDraining(id)) return { id, end: null, hasToEnd: "draining", go: () => {} };
    const isRecovery = parent.record.recoveries > 0;
    const execution = this.#port.load(id, record, isRecovery, turn);
    const hasToEnd = isUndone ? "undone" : null;
    return { id, end: null, hasToEnd, go: () => this.#port.goOn(execution, isRecovery, turn) };
  }
}

/** How the step ends whose execution has; `retryable` says whether another attempt may go better. */
function endOfChild(id: string, record: ExecutionRecord, output: JsonValue, retryable: boolean): StepEnd {
  if (record.status === "completed") return { status: "completed", output, failure: null };
  const { workflow_name, status, errors, error_code } = record;
  const failure: Failure = {
    message: `Workflow '${workflow_name}' ${status}: ${errors[0] ?? "unknown"}`,
    type: "WorkflowExecutionError",
    code: error_code ?? "WORKFLOW_EXECUTION_FAILED",
    details: { execution_id: id },
    suggestions: [`Look at it: orch execution show ${id}`],
    // Who cancels it does not want it to begin again.
    retryable: retryable && status === "failed",
  };
  return { status: "failed", output: null, failure };
}

/** How the step ends whose execution has ended here. */
export function endOfLiveChild({ id, record, run }: LiveExecution): StepEnd {
  const isFinal = run.compiled.steps.some(
    ({ required }, node) => required && isFinalFailure(run.endOf(node)),
  );
  return endOfChild(id, record, (record.outputs ?? run.results()) as JsonObject, !isFinal);
}

function endOfStoredChild(id: string, record: ExecutionRecord, store: StoreReader): StepEnd {
  const isFinal =
    hasEnded(record) &&
    [...readStepStates(id, store)].some(([name, step]) => {
      const end = endOf(step);
      return isFinalFailure(end) && record.errors.includes(describeEnd(name, end));
    });
  return endOfChild(id, record, storedOutput(id, record, store), !isFinal);
}

/** Whether a step has failed for a reason that no further attempt would change: what it was given, a "no" of a person. */
const isFinalFailure = (
  end: { readonly status: string; readonly failure?: Failure | null } | undefined,
): boolean => end?.status === "failed" && end.failure?.retryable === false;

function storedOutput(id: string, record: ExecutionRecord, store: StoreReader): JsonValue {
  if (record.outputs !== null) return record.outputs as JsonObject;
  const results: [string, JsonValue][] = [];
  for (const [name, { status, result }] of readSteps(id, store))
    if (status === "completed") results.push([name, (result ?? null) as JsonValue]);
  return Object.fromEntries(results);
}

const tooDeep = (workflow: string): OrchestrationError =>
  new OrchestrationError(`Workflow '${workflow}' would run ${DEEPEST + 1} deep inside of others`, {
    code: "LIMIT_EXCEEDED",
    retryable: false,
    details: { workflow, limit: DEEPEST },
    suggestions: ["Look whether a workflow runs itself."],
  });
