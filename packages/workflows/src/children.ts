import { type JsonObject, type JsonValue, OrchestrationError, type StoreReader } from "@orch/core";
import { type Failure, failureOf, type Turn } from "@orch/tasks";
import type { ControlRequest } from "./control-step.ts";
import { type ExecutionRecord, readExecution } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { StepEnd } from "./run-change.ts";
import { readSteps } from "./stored-step.ts";
import { hasEnded } from "./take-over.ts";

/** Executions stand inside of each other no deeper than this. */
const DEEPEST = 16;

/** What a step asks for that runs another workflow. */
export type RunRequest = ControlRequest & { readonly kind: "workflow.run" };

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
  make(request: RunRequest, parent: LiveExecution, step: string, at: number): NewExecution;
  /** A stored execution, to go on with here; of one that has ended what has failed is tried again. */
  load(id: string, record: ExecutionRecord, staysParked: boolean, turn: Turn): LiveExecution;
  /** The execution, while this process runs it: until its end is on disk. */
  live(id: string): LiveExecution | undefined;
  begin(made: NewExecution, turn: Turn): void;
  /** `isRecovery`: nobody has asked for it, its process died. */
  goOn(execution: LiveExecution, isRecovery: boolean, turn: Turn): void;
  cancel(id: string, failure: Failure, turn: Turn): void;
}

/** What became of the step that runs another workflow. */
export interface BegunChild {
  readonly id: string | null;
  /** How the step ended already; null when it waits. */
  readonly end: StepEnd | null;
  /** It is being undone yet: the step goes on with it only when it has ended. @default false */
  readonly isUndone?: boolean;
  /** Lets the other execution begin. */
  readonly go: () => void;
}

/** Executions that are steps of other ones: always run by the process that runs those. */
export class Children {
  readonly #port: ChildPort;

  constructor(port: ChildPort) {
    this.#port = port;
  }

  /** Prepares the execution that a step asks for; `id` is the one that it had before, if any. */
  begin(
    parent: LiveExecution,
    {
      step,
      request,
      id,
    }: { readonly step: string; readonly request: RunRequest; readonly id: string | null },
    turn: Turn,
  ): BegunChild {
    try {
      const record = id === null ? null : readExecution(id, turn.store);
      if (id !== null && record !== null) return this.#again(parent, step, id, record, turn);
      if (parent.record.depth >= DEEPEST) throw tooDeep(request.workflow);
      const made = this.#port.make(request, parent, step, turn.at);
      const go = () => this.#port.begin(made, turn);
      if (!request.detached) return { id: made.execution.id, end: null, go };
      go();
      const output = { execution_id: made.execution.id };
      return { id: made.execution.id, end: { status: "completed", output, failure: null }, go: () => {} };
    } catch (error) {
      return { id, end: { status: "failed", output: null, failure: failureOf(error) }, go: () => {} };
    }
  }

  /** Ends an execution that its parent does not want any more. */
  cancel(id: string, failure: Failure, turn: Turn): void {
    this.#port.cancel(id, failure, turn);
  }

  /** After a crash it goes on, when its parent is run again what has failed in it is. */
  #again(parent: LiveExecution, step: string, id: string, record: ExecutionRecord, turn: Turn): BegunChild {
    const node = parent.run.compiled.graph.indexOf(step);
    const inFlight = parent.earlier.get(node)?.status === "running";
    if (record.status === "completed" || (inFlight && hasEnded(record)))
      return { id, end: endOfChild(id, record, storedOutput(id, record, turn.store)), go: () => {} };
    const live = this.#port.live(id);
    // In this very turn: the store does not show it yet.
    if (live?.hasEnded) return { id, end: endOfLiveChild(live), go: () => {} };
    const isUndone = !inFlight && !hasEnded(record);
    if (live) return { id, end: null, isUndone, go: () => {} };
    const isRecovery = parent.record.recoveries > 0;
    const execution = this.#port.load(id, record, isRecovery, turn);
    return { id, end: null, isUndone, go: () => this.#port.goOn(execution, isRecovery, turn) };
  }
}

/** How the step ends whose execution has. */
function endOfChild(id: string, record: ExecutionRecord, output: JsonValue): StepEnd {
  if (record.status === "completed") return { status: "completed", output, failure: null };
  const { workflow_name, status, errors, error_code } = record;
  const failure: Failure = {
    message: `Workflow '${workflow_name}' ${status}: ${errors[0] ?? "unknown"}`,
    type: "WorkflowExecutionError",
    code: error_code ?? "WORKFLOW_EXECUTION_FAILED",
    details: { execution_id: id },
    suggestions: [`Look at it: orch execution show ${id}`],
    retryable: false,
  };
  return { status: "failed", output: null, failure };
}

/** How the step ends whose execution has ended here. */
export const endOfLiveChild = ({ id, record, run }: LiveExecution): StepEnd =>
  endOfChild(id, record, (record.outputs ?? run.results()) as JsonObject);

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
