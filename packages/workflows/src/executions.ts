import type { JsonObject, OrchestrationError } from "@orch/core";
import { type AttemptContext, type Failure, fence, type LiveTask, liveTask, type Participant, type TaskRuntime, type TaskSpec, type Turn } from "@orch/tasks";
import type { WorkflowEvent } from "./events.ts";
import { APART_FROM, asRecord, type ExecutionEvent, type ExecutionRecord, keys, type StepRecord } from "./execution-record.ts";
import { type LiveExecution, stepSpec } from "./live-execution.ts";
import type { RunChange, StepEnd } from "./run.ts";

/** What is posted to the executions. */
export type ExecutionMessage =
  | { readonly type: "begin"; readonly execution: LiveExecution; readonly definition: JsonObject; readonly failure: Failure | null }
  /** Goes on with a stored execution; `from` is the instance that it is taken from, if that is another one. */
  | { readonly type: "take_over"; readonly load: (turn: Turn) => LiveExecution; readonly from: string | null; readonly refused: (error: unknown) => void }
  | { readonly type: "cancel"; readonly id: string; readonly failure: Failure; readonly status: "cancelled" | "failed" };

/** What the executions tell, after the commit. */
export interface ExecutionListener {
  event(event: WorkflowEvent): void;
  progress(execution: LiveExecution, step: string, fraction: number, text: string): void;
  /** An execution runs and is on disk. */
  begun(id: string): void;
  ended(id: string, record: ExecutionRecord): void;
  failed(error: OrchestrationError): void;
}

type Fact = Partial<WorkflowEvent> & { readonly type: WorkflowEvent["type"] };

/**
 * The executions that this process runs, as the scheduler's participant: turns what happens to tasks into what happens
 * to runs, and writes both in the same transaction. A step record is written when an attempt starts and when it ends, the
 * execution's own only at its start and end, the events of a tick as one record.
 */
export class Executions implements Participant {
  readonly #live = new Map<string, LiveExecution>();
  readonly #touched = new Set<LiveExecution>();
  readonly #byTask = new WeakMap<LiveTask, { readonly execution: LiveExecution; readonly node: number }>();
  readonly #runtime: TaskRuntime;
  readonly #listener: ExecutionListener;

  constructor(runtime: TaskRuntime, listener: ExecutionListener) {
    this.#runtime = runtime;
    this.#listener = listener;
  }

  /** The execution, while this process runs it. */
  get(id: string): LiveExecution | undefined {
    return this.#live.get(id);
  }

  receive(message: ExecutionMessage, turn: Turn): void {
    switch (message.type) {
      case "begin":
        turn.put(keys.definition(message.execution.id), message.definition);
        return this.#begin(message.execution, turn, false, message.failure);
      case "take_over": {
        let execution: LiveExecution;
        try {
          execution = message.load(turn);
        } catch (error) {
          turn.afterCommit(() => message.refused(error));
          return;
        }
        if (message.from !== null) fence(message.from, turn);
        execution.record = { ...execution.record, status: "running", owner: this.#runtime.instance.id, epoch: execution.record.epoch + 1, ended_at: null, errors: [], warnings: [], error_code: null };
        return this.#begin(execution, turn, true);
      }
      case "cancel": {
        const execution = this.#live.get(message.id);
        if (!execution) return;
        return this.#apply(execution, execution.run.cancel(message.failure, message.status), turn, message.failure);
      }
    }
  }

  taskStarted(task: LiveTask, turn: Turn): void {
    this.#tell(task, { type: "step_started", attempt: task.attempt }, turn);
  }

  taskRetrying(task: LiveTask, delayMs: number, turn: Turn): void {
    const error = task.failure?.message ?? "";
    this.#tell(task, { type: "step_retrying", attempt: task.attempt, error, delay_seconds: delayMs / 1000 }, turn);
  }

  taskEnded(task: LiveTask, turn: Turn): void {
    const place = this.#byTask.get(task);
    if (!place) return;
    const { execution, node } = place;
    execution.tasks.delete(node);
    const end: StepEnd = { status: task.status, output: task.value, failure: task.failure };
    const times = { attempt: task.attempt, execution_time: task.executionMs / 1000 };
    if (task.status === "completed") this.#tell(task, { type: "step_completed", ...times }, turn);
    else this.#tell(task, { type: "step_failed", ...times, status: task.status, error: task.failure?.message ?? "", error_code: task.failure?.code ?? "" }, turn);
    this.#apply(execution, execution.run.stepEnded(node, end), turn, task.failure);
  }

  record(task: LiveTask): JsonObject {
    const { status, attempt, failures, startedAt, endedAt, executionMs, dueAt, value, failure } = task;
    const record: Record<string, unknown> = { status, attempt, failures, started_at: startedAt, ended_at: endedAt, execution_ms: executionMs };
    if (dueAt > 0) record["due_at"] = dueAt;
    if (status === "completed") record["result"] = value;
    if (failure) record["error"] = withoutStack(failure);
    return record as JsonObject;
  }

  /** Moves large results apart, writes this tick's events, and ends the executions that are done. */
  turnEnds(turn: Turn): void {
    for (const execution of this.#touched) {
      if (execution.run.done && execution.tasks.size === 0 && this.#live.has(execution.id)) this.#end(execution, turn);
      const [first] = execution.unwritten;
      if (!first) continue;
      const events = execution.unwritten;
      execution.unwritten = [];
      turn.put(keys.event(execution.id, first.sequence), events);
      turn.afterCommit(() => {
        for (const event of events) this.#listener.event(event as unknown as WorkflowEvent);
      });
    }
    this.#touched.clear();
    for (const [key, value] of turn.writes) if (key.startsWith("steps/")) setApart(key, value as unknown as StepRecord | undefined, turn);
  }

  context(task: LiveTask): AttemptContext {
    const place = this.#byTask.get(task);
    if (!place) return { parameters: {}, results: () => ({}), session: null, history: [] };
    const { id, run, record } = place.execution;
    const session = record.session_id === null ? {} : { sessionId: record.session_id };
    return { executionId: id, stepName: task.spec.name, ...session, parameters: run.parameters, results: () => run.results(), session: null, history: [] };
  }

  progressed(task: LiveTask, fraction: number, text: string): void {
    const place = this.#byTask.get(task);
    if (place) this.#listener.progress(place.execution, task.spec.name, fraction, text);
  }

  loopFailed(error: OrchestrationError): void {
    this.#listener.failed(error);
  }

  /** With a `failure` it ends at once, and no step runs. */
  #begin(execution: LiveExecution, turn: Turn, resumed: boolean, failure: Failure | null = null): void {
    this.#live.set(execution.id, execution);
    turn.put(keys.execution(execution.id), asRecord(execution.record));
    const { session_id } = execution.record;
    this.#note(execution, { type: "workflow_started", session_id, steps_count: execution.run.compiled.steps.length, resumed }, turn);
    turn.afterCommit(() => this.#listener.begun(execution.id));
    this.#apply(execution, failure ? execution.run.cancel(failure, "failed") : execution.run.begin(), turn, failure);
  }

  #apply(execution: LiveExecution, change: RunChange, turn: Turn, cause: Failure | null): void {
    for (const { node, end } of change.ended) this.#endWithoutRunning(execution, node, end, turn);
    if (execution.record.options.mode === "sequential") this.#queue(execution, change.start, turn);
    else for (const { node, parameters } of change.start) this.#submit(execution, node, parameters, turn);
    if (change.cancelRunning && cause) {
      for (const { node } of execution.queue.splice(0)) {
        const end: StepEnd = { status: "cancelled", output: null, failure: cause };
        this.#endWithoutRunning(execution, node, end, turn);
        execution.run.stepEnded(node, end);
      }
      for (const task of [...execution.tasks.values()]) turn.cancel(task, cause);
    }
    this.#touched.add(execution);
  }

  /** One step at a time, first in the topological order first. */
  #queue(execution: LiveExecution, ready: RunChange["start"], turn: Turn): void {
    const { queue, rank, tasks } = execution;
    queue.push(...ready);
    queue.sort((a, b) => (rank[a.node] ?? 0) - (rank[b.node] ?? 0));
    const next = tasks.size === 0 ? queue.shift() : undefined;
    if (next) this.#submit(execution, next.node, next.parameters, turn);
  }

  #submit(execution: LiveExecution, node: number, parameters: TaskSpec["parameters"], turn: Turn): void {
    const demand = this.#runtime.demandOf(execution.run.compiled.steps[node]?.resources ?? []);
    const task = liveTask(stepSpec(execution, node, parameters, demand), this, execution.group);
    const earlier = execution.earlier.get(node);
    if (earlier) Object.assign(task, { attempt: earlier.attempt, failures: earlier.failures, executionMs: earlier.execution_ms, dueAt: earlier.due_at ?? 0 });
    execution.tasks.set(node, task);
    this.#byTask.set(task, { execution, node });
    turn.submit(task);
  }

  #endWithoutRunning(execution: LiveExecution, node: number, end: StepEnd, turn: Turn): void {
    const { status, failure, reason } = end;
    const name = execution.run.compiled.graph.names[node] ?? "";
    const attempt = execution.earlier.get(node)?.attempt ?? 0;
    const record = { status, attempt, failures: 0, started_at: 0, ended_at: turn.at, execution_ms: 0, ...(reason ? { reason } : {}), ...(failure ? { error: withoutStack(failure) } : {}) };
    turn.put(keys.step(execution.id, name), record as unknown as JsonObject);
    if (failure) this.#note(execution, { type: "step_failed", step_name: name, status, attempt, execution_time: 0, error: failure.message, error_code: failure.code }, turn);
    else this.#note(execution, { type: "step_skipped", step_name: name, reason: reason ?? "" }, turn);
  }

  #end(execution: LiveExecution, turn: Turn): void {
    const end = execution.run.end();
    const { status } = end;
    execution.record = { ...execution.record, status, ended_at: turn.at, errors: [...end.errors], warnings: [...end.warnings], error_code: end.errorCode };
    this.#live.delete(execution.id);
    turn.put(keys.execution(execution.id), asRecord(execution.record));
    const execution_time = Math.max(0, turn.at - execution.record.started_at) / 1000;
    const { session_id } = execution.record;
    this.#note(execution, { type: "workflow_completed", session_id, success: status === "completed", status, execution_time, error: end.errors[0] ?? null }, turn);
    turn.afterCommit(() => this.#listener.ended(execution.id, execution.record));
  }

  #tell(task: LiveTask, fact: Fact, turn: Turn): void {
    const place = this.#byTask.get(task);
    if (place) this.#note(place.execution, { ...fact, step_name: task.spec.name } as Fact, turn);
  }

  #note(execution: LiveExecution, fact: Fact, turn: Turn): void {
    const event = { ...fact, sequence: ++execution.sequence, at: turn.at, execution_id: execution.id, workflow_name: execution.record.workflow_name };
    execution.unwritten.push(event as unknown as ExecutionEvent);
    this.#touched.add(execution);
  }
}

const withoutStack = ({ stack: _, ...failure }: Failure): Omit<Failure, "stack"> => failure;

/** A large result of a completed step goes into a record of its own. */
function setApart(key: string, record: StepRecord | undefined, turn: Turn): void {
  if (record?.status !== "completed" || record.result_apart) return;
  const { result, ...rest } = record;
  if (JSON.stringify(result ?? null).length <= APART_FROM) return;
  turn.put(`results/${key.slice("steps/".length)}`, result as JsonObject);
  turn.put(key, asRecord({ ...rest, result_apart: true }));
}
