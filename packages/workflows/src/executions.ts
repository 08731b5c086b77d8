import type { JsonObject, OrchestrationError } from "@orch/core";
import {
  type ActionStart,
  type AttemptContext,
  type AttemptLine,
  type LiveTask,
  type Participant,
  type SessionPort,
  sessionContext,
  type Turn,
} from "@orch/tasks";
import { isOfExecution, isRefusal } from "./breakdown.ts";
import type { ChildPort } from "./children.ts";
import type { ExecutionLogs } from "./execution-logs.ts";
import type {
  BeginMessage,
  ExecutionMessage,
  RequestMessage,
  UndoChildMessage,
  WakeMessage,
} from "./execution-message.ts";
import { keys } from "./execution-record.ts";
import { frozen } from "./execution-start.ts";
import { type Fact, writeEvents } from "./journal.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { Run } from "./run.ts";
import type { RunPlaces } from "./run-places.ts";
import { Stage, type StageInit } from "./stage.ts";
import { setResultsApart } from "./step-record.ts";
import { isTaken } from "./take-over.ts";
import type { TaskPlace } from "./task-place.ts";

/** What {@link Executions} need of the world outside of the loop. */
export interface ExecutionsInit extends Omit<StageInit, "owner"> {
  readonly children: Pick<ChildPort, "make" | "load" | "loadToUndo">;
  readonly sessions: SessionPort;
  readonly logs: ExecutionLogs;
  readonly places: RunPlaces;
}

const idOf = (message: ExecutionMessage): string | null => {
  if (
    message.type === "look_at_draining" ||
    message.type === "look_at_places" ||
    message.type === "write_logs"
  )
    return null;
  return message.type === "begin" ? message.execution.id : message.id;
};

/**
 * The executions that this process runs, as the scheduler's participant: turns what happens to tasks into what happens
 * to runs, and writes both in the same transaction. A step record is written when an attempt starts and when it ends, the
 * execution's own only at its start, its end and where it is interrupted, the events of a tick as one record.
 */
export class Executions implements Participant {
  readonly #stage: Stage;
  readonly #life: Lifecycle;
  readonly #shown = new WeakMap<Run, JsonObject>();
  readonly #sessions: SessionPort;
  readonly #logs: ExecutionLogs;

  constructor({ children, sessions, logs, places, ...init }: ExecutionsInit) {
    this.#logs = logs;
    this.#sessions = sessions;
    this.#stage = new Stage({ ...init, owner: this });
    this.#life = new Lifecycle(this.#stage, { ...children, places });
  }

  /** The execution, while this process runs it: until its end is on disk. */
  get(id: string): LiveExecution | undefined {
    return this.#stage.live.get(id);
  }

  /** How many have ended here while code of them still runs. */
  get drainingSize(): number {
    return this.#life.drainingSize;
  }

  /** Also while all that it runs waits, it lives. */
  get isBusy(): boolean {
    return this.size > 0;
  }

  /** How many run here. */
  get size(): number {
    return this.#stage.live.size;
  }

  receive(message: ExecutionMessage, turn: Turn): void {
    const id = idOf(message);
    if (id === null) this.#receive(message, turn);
    else this.#contained(id, turn, () => this.#receive(message, turn));
  }

  #receive(message: ExecutionMessage, turn: Turn): void {
    switch (message.type) {
      case "begin":
        this.#begin(message, turn);
        return;
      case "take_over":
        this.#life.takeOver(message, turn);
        return;
      case "cancel":
        this.#life.cancel(message.id, message.failure, message.status, turn);
        return;
      case "look_at_draining":
        this.#life.lookAtDraining(turn);
        return;
      case "look_at_places":
        for (const called of this.#life.nextInTurn(turn))
          this.#contained(called.execution.id, turn, () => this.#life.called(called, turn));
        return;
      case "write_logs":
        return;
      case "request":
        this.#request(message, turn);
        return;
      case "time_is_over":
      case "next_attempt":
      case "child_undone":
        this.#wake(message, turn);
        return;
      case "undo_child":
        this.#undoChild(message, turn);
        return;
    }
  }

  /** One whose id was given begins once, however many ask for it at the same time. */
  #begin(message: BeginMessage, turn: Turn): void {
    const { execution, isNamed, begun, refused } = message;
    const key = keys.execution(execution.id);
    if (isNamed && (turn.writes.has(key) || turn.store.get(key) !== undefined)) {
      turn.afterCommit(() => refused(isTaken(execution.id)));
      return;
    }
    turn.afterCommit(begun);
    this.#life.begin(message, turn);
  }

  taskStarted(task: LiveTask, turn: Turn): void {
    this.#placed(task, turn, (place) => this.#started(place, task, turn));
  }

  taskRetrying(task: LiveTask, delayMs: number, turn: Turn): void {
    this.#placed(task, turn, (place) => this.#retrying(place, task, delayMs, turn));
  }

  taskEnded(task: LiveTask, turn: Turn): void {
    this.#placed(task, turn, (place) => this.#ended(place, task, turn));
  }

  #started(place: TaskPlace, task: LiveTask, turn: Turn): void {
    const { attempt } = task;
    if (place.part.kind === "step") {
      place.execution.delayed.delete(place.node);
      place.execution.run.stepBegan(place.node);
    }
    this.#note(place, task, { type: `${place.part.kind}_started`, attempt }, turn);
  }

  #retrying(place: TaskPlace, task: LiveTask, delayMs: number, turn: Turn): void {
    const { execution, node, part } = place;
    const error = task.failure?.message ?? "";
    const { attempt } = task;
    this.#note(
      place,
      task,
      { type: `${part.kind}_retrying`, attempt, error, delay_seconds: delayMs / 1000 },
      turn,
    );
    if (part.kind !== "step") return;
    execution.delayed.add(node);
    this.#life.steps.advance(execution, turn);
  }

  #ended({ execution, node, part }: TaskPlace, task: LiveTask, turn: Turn): void {
    if (part.kind === "step") this.#life.steps.taskEnded(execution, node, task, turn);
    else if (part.kind === "undo") this.#life.undos.ended(execution, task, turn);
    else {
      this.#life.fans.itemEnded(execution, node, part.index, task, turn);
      this.#life.steps.advance(execution, turn);
    }
  }

  record(task: LiveTask): JsonObject {
    return this.#stage.recordOf(task);
  }

  /** Moves large results apart and writes this tick's events, and what was logged. */
  turnEnds(turn: Turn): void {
    if (this.#logs.isDue) this.#logs.writeTo(turn);
    for (const execution of this.#stage.takeTouched())
      writeEvents(execution, turn, (event) => this.#stage.listener.event(event));
    setResultsApart(turn);
  }

  context(task: LiveTask): AttemptContext {
    const place = this.#stage.placeOf(task);
    if (!place) return { parameters: {}, results: () => ({}), session: null, history: [] };
    const { id, run, record } = place.execution;
    // Copies: what an action does to them must not reach what is stored and handed on.
    const results = () => structuredClone(run.results());
    return {
      executionId: id,
      stepName: task.spec.name,
      parameters: this.#shownParameters(run),
      results,
      ...sessionContext(record.session_id, this.#sessions),
    };
  }

  /** One copy for all actions of an execution, which none can change: there may be a call for each item of a long list in it. */
  #shownParameters(run: Run): JsonObject {
    const shown = this.#shown.get(run) ?? frozen(structuredClone(run.parameters));
    this.#shown.set(run, shown);
    return shown;
  }

  originOf(task: LiveTask): ActionStart["execution"] {
    const execution = this.#stage.placeOf(task)?.execution;
    return execution ? { id: execution.id, workflow: execution.record.workflow_name } : null;
  }

  progressed(task: LiveTask, fraction: number, text: string): void {
    const place = this.#stage.placeOf(task);
    if (place?.part.kind === "step")
      this.#stage.listener.progress(place.execution, task.spec.name, fraction, text);
  }

  logged(task: LiveTask, line: AttemptLine): void {
    const place = this.#stage.placeOf(task);
    if (place) this.#logs.add(task.spec.name, place, line);
  }

  loopFailed(error: OrchestrationError): void {
    this.#logs.stop();
    this.#stage.stopTimers();
    this.#stage.listener.failed(error);
  }

  #placed(task: LiveTask, turn: Turn, decide: (place: TaskPlace) => void): void {
    const place = this.#stage.placeOf(task);
    if (place) this.#contained(place.execution.id, turn, () => decide(place));
  }

  /** What must not happen in one execution ends that one, and none of the others. */
  #contained(id: string, turn: Turn, decide: () => void): void {
    try {
      decide();
    } catch (error) {
      const execution = this.get(id);
      if (!execution || !isOfExecution(error)) throw error;
      this.#life.breakDown(execution, error, turn);
    }
  }

  #undoChild({ id, child }: UndoChildMessage, turn: Turn): void {
    const execution = this.get(id);
    if (execution) this.#life.undos.beginChild(execution, child, turn);
  }

  #wake({ type, id, node, item, since }: WakeMessage, turn: Turn): void {
    const execution = this.get(id);
    const { waits, steps, keeper, runs } = this.#life;
    const wait = execution && keeper.find(execution, { node, item });
    if (!execution || wait?.since !== since) return;
    if (type === "time_is_over") waits.timeIsOver(execution, wait, turn);
    else if (type === "next_attempt") runs.nextAttempt(execution, wait, turn);
    else runs.undone(execution, wait, turn);
    steps.advance(execution, turn);
  }

  #request({ id, request, key, done, refused }: RequestMessage, turn: Turn): void {
    // Another process may have taken it back, or it was done with an earlier message.
    if (key !== null && turn.store.get(key) === undefined) return;
    if (key !== null) turn.delete(key);
    try {
      this.#life.request(id, request, turn);
      turn.afterCommit(done);
    } catch (error) {
      turn.afterCommit(() => refused(error));
      if (!isRefusal(error)) throw error;
    }
  }

  #note({ execution, part }: TaskPlace, { spec }: LiveTask, fact: object, turn: Turn): void {
    const index = part.kind === "item" ? part.index : part.kind === "undo" ? part.item : null;
    const item = index === null ? {} : { item: index };
    this.#stage.note(execution, { ...fact, ...item, step_name: spec.name } as Fact, turn);
  }
}
