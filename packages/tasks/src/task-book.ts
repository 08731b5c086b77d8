import { type EventBus, interpolate, type JsonObject, type JsonValue, type OrchestrationError, toDate, valueAt } from "@orch/core";
import type { Ledger } from "@orch/resources";
import { DependencyFailedError, TaskExecutionError } from "./errors.ts";
import type { TaskEvent } from "./events.ts";
import { type Failure, failureOf } from "./failure.ts";
import { type LiveTask, liveTask, type TaskSpec } from "./live-task.ts";
import type { AttemptContext, Participant } from "./participant.ts";
import { DEFAULT_RETRY } from "./retry-policy.ts";
import type { Task } from "./task.ts";
import { PRIORITY_ORDER } from "./task-priority.ts";
import { demandOf } from "./task-resource.ts";
import { resultOf, type TaskResult } from "./task-result.ts";
import { isTerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** What is posted to the book. */
export type BookMessage = { readonly type: "add"; readonly task: Task } | { readonly type: "cancel"; readonly id: string; readonly failure: Failure };

/** A task in the book. */
interface Entry {
  readonly task: Task;
  readonly live: LiveTask;
  /** Dependencies that have not ended. */
  open: number;
}

/** Single tasks and what they depend on: hands a task to the scheduler when its dependencies have ended. */
export class TaskBook implements Participant {
  readonly #entries = new Map<string, Entry>();
  /** Who waits for a task, also for one that is not there yet. */
  readonly #dependents = new Map<string, Entry[]>();
  readonly #ledger: Ledger;
  readonly events: EventBus<TaskEvent>;
  readonly #onEnd: (task: Task) => void;
  readonly #onFailure: (error: OrchestrationError) => void;

  constructor(init: {
    readonly ledger: Ledger;
    readonly events: EventBus<TaskEvent>;
    readonly onEnd: (task: Task) => void;
    readonly onFailure: (error: OrchestrationError) => void;
  }) {
    this.#ledger = init.ledger;
    this.events = init.events;
    this.#onEnd = init.onEnd;
    this.#onFailure = init.onFailure;
  }

  receive(message: BookMessage, turn: Turn): void {
    if (message.type === "add") this.#add(message.task, turn);
    else this.#cancel(message.id, message.failure, turn);
  }

  taskStarted({ spec, attempt, startedAt }: LiveTask, turn: Turn): void {
    const task = this.#entries.get(spec.id)?.task;
    if (!task) return;
    turn.afterCommit(() => {
      task.status = "running";
      task.startedAt ??= toDate(startedAt);
      task.retryCount = attempt - 1;
    });
    this.#emit("task_started", turn, () => ({ type: "task_started", ...named(task) }));
  }

  taskRetrying({ spec, failures, failure }: LiveTask, delayMs: number, turn: Turn): void {
    const task = this.#entries.get(spec.id)?.task;
    if (!task) return;
    const error = failure?.message ?? "";
    this.#emit("task_retrying", turn, () => ({ type: "task_retrying", ...named(task), error, attempt: failures, delay_seconds: delayMs / 1000 }));
  }

  taskEnded(live: LiveTask, turn: Turn): void {
    const entry = this.#entries.get(live.spec.id);
    if (entry) this.#ended(entry, turn);
  }

  turnEnds(): void {}

  /** The whole task, since nothing else records it. */
  record({ spec, status, attempt, failures, startedAt, endedAt, dueAt, value, failure }: LiveTask): JsonObject {
    const task = this.#entries.get(spec.id)?.task;
    return {
      name: spec.name,
      module: spec.module,
      action: spec.action,
      parameters: task?.parameters ?? spec.parameters,
      ...(task && task.dependencies.length > 0 ? { dependencies: task.dependencies } : {}),
      priority: spec.priority,
      status,
      attempt,
      failures,
      created_at: task?.createdAt.getTime() ?? 0,
      started_at: startedAt,
      ended_at: endedAt,
      ...(dueAt > 0 ? { due_at: dueAt } : {}),
      ...(status === "completed" ? { result: value } : {}),
      ...(failure ? { error: { ...failure, stack: undefined } as unknown as JsonValue } : {}),
    };
  }

  context({ spec }: LiveTask): AttemptContext {
    return { parameters: spec.parameters, results: () => this.#results(spec.id), session: null, history: [] };
  }

  progressed(): void {}

  loopFailed(error: OrchestrationError): void {
    this.#onFailure(error);
  }

  #add(task: Task, turn: Turn): void {
    const entry: Entry = { task, live: liveTask(specOf(task, this.#ledger), this, null), open: 0 };
    this.#entries.set(task.id, entry);
    this.#emit("task_submitted", turn, () => ({ type: "task_submitted", ...named(task) }));
    let broken: Entry | null = null;
    for (const id of new Set(task.dependencies)) {
      const dependency = this.#entries.get(id);
      if (dependency && isTerminalStatus(dependency.live.status)) broken ??= isBroken(dependency) ? dependency : null;
      else {
        entry.open++;
        const waiting = this.#dependents.get(id);
        if (waiting) waiting.push(entry);
        else this.#dependents.set(id, [entry]);
      }
    }
    if (broken && task.onDependencyFailure === "skip") this.#skip(entry, broken, turn);
    else if (entry.open === 0) this.#submit(entry, turn);
    else {
      entry.live.status = "blocked";
      turn.put(entry.live.spec.key, this.record(entry.live));
      turn.afterCommit(() => {
        if (task.status === "pending") task.status = "blocked";
      });
    }
  }

  /** All dependencies have ended: its placeholders get their values, and the scheduler the task. */
  #submit(entry: Entry, turn: Turn): void {
    const { live, task } = entry;
    try {
      const parameters = this.#resolved(task);
      if (parameters !== live.spec.parameters) Object.assign(live, { spec: { ...live.spec, parameters } });
    } catch (error) {
      live.failure = failureOf(error);
      this.#finish(entry, "failed", turn);
      return;
    }
    turn.submit(live);
    turn.put(live.spec.key, this.record(live));
    turn.afterCommit(() => {
      if (task.status === "pending" || task.status === "blocked") task.status = "ready";
    });
  }

  #resolved(task: Task): JsonObject {
    if (task.dependencies.length === 0) return task.parameters;
    const byName = new Map<string, Entry>();
    for (const id of task.dependencies) {
      const dependency = this.#entries.get(id);
      if (dependency) byName.set(id, dependency).set(dependency.task.name, dependency);
    }
    return interpolate(task.parameters, ({ text, name, path: [kind, ...path] }) => {
      const dependency = byName.get(name);
      if (!dependency || (kind !== "result" && kind !== "output")) return undefined;
      const value = isBroken(dependency) ? null : valueAt(dependency.live.value, path);
      if (value !== undefined) return value;
      throw new TaskExecutionError(`${text} names nothing in the result of '${dependency.task.name}'`, {
        code: "WORKFLOW_UNRESOLVED_REFERENCE",
        retryable: false,
        details: { reference: text, task: task.name },
      });
    }) as JsonObject;
  }

  /** Outputs of the dependencies of a task, by name. */
  #results(id: string): JsonObject {
    const completed = (this.#entries.get(id)?.task.dependencies ?? []).flatMap((each) => {
      const dependency = this.#entries.get(each);
      return dependency && !isBroken(dependency) ? [[dependency.task.name, dependency.live.value] as const] : [];
    });
    return Object.fromEntries(completed);
  }

  #cancel(id: string, failure: Failure, turn: Turn): void {
    const entry = this.#entries.get(id);
    if (!entry || isTerminalStatus(entry.live.status)) return;
    if (entry.live.status !== "blocked") turn.cancel(entry.live, failure);
    else {
      entry.live.failure = failure;
      this.#finish(entry, "cancelled", turn);
    }
  }

  /** Ends a task that the scheduler does not have. */
  #finish(entry: Entry, status: "failed" | "cancelled" | "skipped", turn: Turn): void {
    entry.live.status = status;
    entry.live.endedAt = turn.at;
    turn.put(entry.live.spec.key, this.record(entry.live));
    this.#ended(entry, turn);
  }

  #skip(entry: Entry, cause: Entry, turn: Turn): void {
    const root = cause.live.failure?.details["dependency"] ?? cause.task.name;
    entry.live.failure = failureOf(
      new DependencyFailedError(`Task '${entry.task.name}' was skipped, because '${String(root)}' did not complete`, { details: { dependency: root } }),
    );
    this.#finish(entry, "skipped", turn);
  }

  #ended(entry: Entry, turn: Turn): void {
    const { live, task } = entry;
    const result = resultOf(live);
    turn.afterCommit(() => {
      Object.assign(task, { status: live.status, completedAt: result.endTime, result, error: result.errorMessage, startedAt: result.startTime });
      this.#onEnd(task);
    });
    this.#emit(`task_${live.status}`, turn, () => endEvent(entry, result));
    const dependents = this.#dependents.get(task.id) ?? [];
    this.#dependents.delete(task.id);
    for (const dependent of dependents) {
      dependent.open--;
      if (dependent.live.status !== "blocked") continue;
      if (isBroken(entry) && dependent.task.onDependencyFailure === "skip") this.#skip(dependent, entry, turn);
      else if (dependent.open === 0) this.#submit(dependent, turn);
    }
  }

  #emit(type: string, turn: Turn, make: () => TaskEvent): void {
    if (this.events.hasListeners(type as TaskEvent["type"])) turn.afterCommit(() => this.events.emit(make()));
  }
}

const isBroken = ({ live }: Entry): boolean => live.status !== "completed";
const named = ({ id, name }: Task) => ({ task_id: id, task_name: name });

function endEvent({ task, live }: Entry, { errorMessage: error, executionTimeMs }: TaskResult): TaskEvent {
  const execution_time = executionTimeMs / 1000;
  const status = live.status === "timeout" ? "failed" : live.status;
  if (status === "failed") return { type: "task_failed", ...named(task), error: error ?? "", execution_time };
  return { type: status === "completed" ? "task_completed" : status === "cancelled" ? "task_cancelled" : "task_skipped", ...named(task), execution_time };
}

function specOf(task: Task, ledger: Ledger): TaskSpec {
  const demand = demandOf(task.resources);
  return {
    id: task.id,
    key: `tasks/${task.id}`,
    name: task.name,
    module: task.module,
    action: task.action,
    parameters: task.parameters,
    priority: PRIORITY_ORDER[task.priority],
    demand: demand && ledger.compileDemand(demand),
    timeoutMs: task.timeoutMs,
    retry: { ...DEFAULT_RETRY, maxRetries: task.maxRetries, delayMs: task.retryDelayMs },
    isolation: null,
    idempotencyKey: task.id,
  };
}
