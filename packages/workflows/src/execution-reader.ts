import type { TaskRuntime } from "@orch/tasks";
import { readInstance } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound, noStep } from "./errors.ts";
import { type EventOptions, followEvents } from "./event-reader.ts";
import type { WorkflowEvent } from "./events.ts";
import { type GetExecutionOptions, loadExecution, type WorkflowExecution } from "./execution.ts";
import { type ItemResult, type ListItemsOptions, listItems } from "./execution-items.ts";
import { type ListExecutionsOptions, listedExecutions } from "./execution-list.ts";
import { type ExecutionEntry, type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { LogLine } from "./log-line.ts";
import { followLogs, type LogOptions } from "./log-reader.ts";
import { type OpenQuestion, openQuestions } from "./open-question.ts";
import { StoredDefinitions } from "./stored-definition.ts";
import { readEvents } from "./stored-events.ts";
import { type Standing, standingOf } from "./take-over.ts";
import { type StepCause, whySteps } from "./why.ts";
import { WorkflowDefinitions } from "./workflow-definitions.ts";

/** The executions of a store and how they stand: the part of a manager that reads, and runs nothing. */
export class ExecutionReader extends WorkflowDefinitions {
  /** The loop that the steps run on. */
  readonly runtime: TaskRuntime;
  readonly #definitions = new StoredDefinitions();

  constructor(configDir: string | null, runtime: TaskRuntime) {
    super(configDir, runtime);
    this.runtime = runtime;
  }

  /**
   * An execution as the store has it, or null. O(what its steps gave), with `outputs: false` O(steps). Throws STORE_CORRUPT
   * where a recorded result is missing.
   */
  getExecution(id: string, options: GetExecutionOptions = {}): WorkflowExecution | null {
    return loadExecution(id, this.definitionOf(id), this.runtime.store, options);
  }

  /**
   * A page of the items of a `foreach` step that have begun, in order. O(page). Throws EXECUTION_NOT_FOUND,
   * INVALID_PARAMETERS for a step that the workflow does not have.
   */
  listItems(id: string, step: string, options: ListItemsOptions = {}): ItemResult[] {
    const compiled = this.definitionOf(id);
    if (compiled === null) throw executionNotFound(id);
    return listItems(id, step, options, { compiled, store: this.runtime.store });
  }

  /** Alias of {@link getExecution}. */
  getExecutionStatus(id: string, options: GetExecutionOptions = {}): WorkflowExecution | null {
    return this.getExecution(id, options);
  }

  /** The definition that an execution runs, as it was when it started or was edited last; null for an unknown one. */
  definitionOf(id: string): CompiledWorkflow | null {
    const { store } = this.runtime;
    return store.get(keys.definition(id)) === undefined ? null : this.#definitions.read(id, store);
  }

  /** Executions, newest first. A damaged record is left out, with an error in the log. */
  listExecutions(options: ListExecutionsOptions = {}): ExecutionEntry[] {
    return listedExecutions(this.runtime, options);
  }

  /**
   * Why the steps of an execution, or one of them, have not ended; none of what has. From what is stored, so the same in every
   * process, but for who goes before a ready step: that is known where the execution runs. Throws EXECUTION_NOT_FOUND,
   * INVALID_PARAMETERS for a step that the workflow does not have.
   */
  why(id: string, step?: string): StepCause[] {
    const compiled = this.definitionOf(id);
    const causes = whySteps(id, compiled, this.runtime, { live: this.liveExecution(id), step });
    if (step !== undefined && compiled && compiled.graph.indexOf(step) < 0) throw noStep(step, compiled);
    return causes;
  }

  /** The execution as it runs here; undefined where it does not. @internal */
  protected liveExecution(_id: string): LiveExecution | undefined {
    return undefined;
  }

  /** What people are asked in an execution, and in those inside of it; none of one that has ended, or that nobody knows. O(steps). */
  openQuestions(id: string): OpenQuestion[] {
    return openQuestions(id, this.runtime.store);
  }

  /**
   * How an execution stands: its status, `pending` while it waits for its turn in its session, or `interrupted`, `paused`, `set_aside` for one that does not go on by itself now.
   * Of an id throws EXECUTION_NOT_FOUND.
   */
  standingOf(execution: ExecutionRecord | string): Standing {
    const record = typeof execution === "string" ? readExecution(execution, this.runtime.store) : execution;
    if (record === null) throw executionNotFound(String(execution));
    return standingOf(record, this.runtime);
  }

  /** The process that runs an execution or ran it last, and whether it is this one; pid null where it is not known any more. */
  ownerOf(id: string): { readonly pid: number | null; readonly isOwn: boolean } {
    const { store, instance } = this.runtime;
    const record = readExecution(id, store);
    if (record === null) throw executionNotFound(id);
    return { pid: readInstance(record.owner, store)?.pid ?? null, isOwn: record.owner === instance.id };
  }

  /**
   * The events of an execution behind `after`, in order and without gaps; with `follow` also those to come, until it has
   * ended, whatever process runs it. Reads page by page. Throws EXECUTION_NOT_FOUND when it is first asked.
   */
  followEvents(id: string, options: EventOptions = {}): AsyncGenerator<WorkflowEvent, void, void> {
    return followEvents(id, this.runtime, options);
  }

  /**
   * What the steps of an execution have logged behind `after`, in order; with `follow` also what is to come, until it has
   * ended, whatever process runs it. Reads page by page. Throws EXECUTION_NOT_FOUND when it is first asked;
   * INVALID_PARAMETERS for a step that the workflow does not have.
   */
  async *followLogs(id: string, options: LogOptions = {}): AsyncGenerator<LogLine, void, void> {
    const { step } = options;
    const compiled = step === undefined ? null : this.definitionOf(id);
    if (step !== undefined && compiled && compiled.graph.indexOf(step) < 0) throw noStep(step, compiled);
    yield* followLogs(id, this.runtime, options);
  }

  /** The stored events of an execution behind sequence number `after`, in order. */
  storedEvents(id: string, after = 0): WorkflowEvent[] {
    return readEvents(id, this.runtime.store, after) as unknown as WorkflowEvent[];
  }
}
