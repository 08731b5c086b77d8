import type { JsonObject } from "@orch/core";
import type { Failure, Turn } from "@orch/tasks";
import { drop, endOfBreakdown, familyOf, isRefusal } from "./breakdown.ts";
import { ChildRuns } from "./child-runs.ts";
import { type ChildPort, Children, endOfLiveChild, type NewExecution } from "./children.ts";
import { Draining, namesOfRunning } from "./draining.ts";
import { executionCancelled } from "./errors.ts";
import type { TakeOverMessage } from "./execution-message.ts";
import { asRecord, dueAfterPause, keys } from "./execution-record.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import { Fans } from "./fans.ts";
import { begunFact, endedFact } from "./journal.ts";
import { leftParts } from "./left-parts.ts";
import { allWaits, type LiveExecution, limitOf } from "./live-execution.ts";
import type { RunEnd } from "./run-change.ts";
import { endOfRun } from "./run-end.ts";
import { type Called, isQueued, queued, type RunPlaces } from "./run-places.ts";
import type { Stage } from "./stage.ts";
import { Steps } from "./steps.ts";
import { isRunning, isStillOurs, notRunning, stillStopping } from "./take-over.ts";
import { TurnReads } from "./turn-reads.ts";
import { Undos } from "./undos.ts";
import { WaitKeeper } from "./wait-keeper.ts";
import { Waits } from "./waits.ts";

/** Why an execution goes on: as a {@link TakeOverMessage} says. */
type GoingOn = Pick<TakeOverMessage, "isRecovery"> & Partial<Pick<TakeOverMessage, "isOther">>;

/** The life of the executions that this process runs: how they begin, are interrupted, and end. */
export class Lifecycle {
  readonly steps: Steps;
  readonly fans: Fans;
  readonly waits: Waits;
  readonly undos: Undos;
  readonly keeper: WaitKeeper;
  readonly runs: ChildRuns;
  readonly #stage: Stage;
  readonly #children: Children;
  readonly #draining = new Draining();
  readonly #reads = new TurnReads();
  readonly #places: RunPlaces;

  constructor(
    stage: Stage,
    { places, ...port }: Pick<ChildPort, "make" | "load" | "loadToUndo"> & { readonly places: RunPlaces },
  ) {
    this.#stage = stage;
    this.#places = places;
    this.#children = new Children({
      ...port,
      live: (id) => stage.live.get(id),
      isDraining: (id) => this.#draining.stepsOf(id).length > 0,
      begin: (made, turn) => this.begin(made, turn),
      goOn: (execution, isRecovery, turn) => this.#goOn(execution, { isRecovery }, turn),
      giveUp: (execution, turn) => this.#giveUp(execution, turn),
      cancel: (id, failure, turn) => this.cancel(id, failure, "cancelled", turn),
    });
    this.keeper = new WaitKeeper(stage, (...ended) => this.fans.runEnded(...ended));
    this.runs = new ChildRuns({ keeper: this.keeper, children: this.#children, random: stage.random });
    this.waits = new Waits(this.keeper, this.runs);
    this.fans = new Fans(stage, this.waits, this.runs);
    this.undos = new Undos({
      stage,
      done: (execution, end, turn) => this.#end(execution, end, null, turn),
      undoChild: (child, parent, turn) => this.#children.undo(child, parent, turn),
    });
    this.steps = new Steps({
      stage,
      fans: this.fans,
      waits: this.waits,
      done: (execution, turn) => this.#stepsDone(execution, turn),
    });
  }

  /** Starts a new execution. */
  begin({ execution, definition, refusal }: NewExecution, turn: Turn): void {
    turn.put(keys.definition(execution.id), definition);
    this.#enter(execution, turn);
    const { run } = execution;
    const change = refusal ? run.cancel(refusal.failure, refusal.status) : run.begin();
    this.steps.apply(execution, change, turn);
  }

  /** Goes on with a stored execution. */
  takeOver({ id, load, from, isRecovery, isOther, begun, refused }: TakeOverMessage, turn: Turn): void {
    if (this.#stage.live.has(id)) {
      turn.afterCommit(isOther ? () => refused(isRunning(id)) : begun);
      return;
    }
    let execution: LiveExecution | null;
    try {
      const draining = this.#draining.stepsOf(id);
      if (draining.length > 0) throw stillStopping(id, draining);
      execution = load(turn);
    } catch (error) {
      turn.afterCommit(() => refused(error));
      return;
    }
    turn.afterCommit(begun);
    if (execution === null) return;
    if (from !== null) this.#reads.fence(from, turn);
    // Only one that has ended can have left any.
    if (execution.isAgain && turn.store.get(keys.draining(id)) !== undefined) turn.delete(keys.draining(id));
    this.#goOn(execution, { isRecovery, isOther }, turn);
  }

  /** Ends an execution: nothing new starts, what runs is aborted, what was done is undone where a step says how. */
  cancel(id: string, failure: Failure, status: "cancelled" | "failed", turn: Turn): void {
    const execution = this.#stage.live.get(id);
    // What is done ends as it did, although its end is not on disk yet.
    if (!execution || execution.run.done) return;
    if (execution.sequence === 0) this.#stage.note(execution, begunFact(execution), turn);
    this.steps.apply(execution, execution.run.cancel(failure, status), turn);
  }

  /** Those that wait for their turn in their session no longer: each is to be handed to {@link called}. */
  nextInTurn(turn: Turn): Called[] {
    return this.#places.next(turn);
  }

  /** An execution has its place now, or is not to begin any more. */
  called({ execution, isLost }: Called, turn: Turn): void {
    if (isLost) this.cancel(execution.id, executionCancelled(), "cancelled", turn);
    else this.#goesOn(execution, turn);
  }

  /** Does what is asked of an execution. Throws INVALID_STATE and INVALID_PARAMETERS; either changes nothing. */
  request(id: string, request: ExecutionRequest, turn: Turn): void {
    const execution = this.#stage.live.get(id);
    if (!execution || execution.hasEnded) throw notRunning(id);
    if (request.type === "cancel") this.cancel(id, executionCancelled(), "cancelled", turn);
    else if (request.type === "pause") this.#pause(execution, turn);
    else if (request.type === "continue") this.#continue(execution, turn);
    else {
      this.waits.answer(execution, request, turn);
      this.steps.advance(execution, turn);
    }
  }

  /** Ends an execution in which something came up that must not happen, and all that it is a part of or that is a part of it. */
  breakDown(execution: LiveExecution, error: unknown, turn: Turn): void {
    for (const each of familyOf(execution, this.#stage.live)) {
      if (each.hasEnded) continue;
      drop(each, error, this.#stage, turn);
      this.#end(each, endOfBreakdown(execution.id, error), null, turn);
    }
    turn.afterCommit(() => this.#stage.listener.brokenDown(execution.id, error));
  }

  /** Executions that have ended and have code that still runs. */
  get drainingSize(): number {
    return this.#draining.size;
  }

  /** Code that could not be stopped may have returned: its executions can be resumed by any process from now on. */
  lookAtDraining(turn: Turn): void {
    for (const id of this.#draining.takeReturned()) turn.delete(keys.draining(id));
  }

  #goOn(execution: LiveExecution, { isRecovery, isOther = false }: GoingOn, turn: Turn): void {
    const { id, record, run, isAgain } = execution;
    const { instance } = this.#stage;
    execution.record = { ...record, owner: instance, epoch: record.epoch + 1 };
    turn.expect((store) => isStillOurs(id, record.epoch, instance, store));
    this.#enter(execution, turn);
    this.#takeAlong(execution, isOther, turn);
    this.steps.apply(execution, run.begin(), turn);
    for (const { key, request } of this.#reads.requestsOf(id, turn)) {
      turn.delete(key);
      // What was asked of the run before ended with it; who asks for it to go on does not want it paused.
      if (isAgain || (request.type === "pause" && !isRecovery)) continue;
      try {
        this.request(id, request, turn);
      } catch (error) {
        // It was asked of the execution as it was before: what does not fit any more has no effect.
        if (!isRefusal(error)) throw error;
      }
    }
  }

  /** What its steps have given up is undone, or goes on being so. Draws no consequence yet: it has not begun. */
  #takeAlong(execution: LiveExecution, isOther: boolean, turn: Turn): void {
    const wasAdvancing = execution.isAdvancing;
    execution.isAdvancing = true;
    for (const part of leftParts(execution, isOther, turn.store))
      if (this.#children.leave(part, turn)) execution.leaving.add(part.id);
    execution.isAdvancing = wasAdvancing;
  }

  /** Goes on with a stored execution only to end it: what it had under way is ended, what it has done is undone. */
  #giveUp(execution: LiveExecution, turn: Turn): void {
    // Nothing that ends as soon as it goes on may be what it completes with.
    execution.isAdvancing = true;
    this.#goOn(execution, { isRecovery: true }, turn);
    this.cancel(execution.id, executionCancelled(), "cancelled", turn);
    execution.isAdvancing = false;
    this.steps.advance(execution, turn);
  }

  #enter(execution: LiveExecution, turn: Turn): void {
    const { id } = execution;
    this.#stage.live.set(id, execution);
    if (execution.record.parked === null && !this.#places.take(execution, turn)) this.#queue(execution, turn);
    const { record } = execution;
    turn.put(keys.execution(id), asRecord(record));
    turn.put(keys.active(id), record.owner);
    // What waits for its turn has not begun.
    if (!isQueued(record) || execution.sequence > 0) this.#stage.note(execution, begunFact(execution), turn);
    turn.afterCommit(() => this.#stage.listener.begun(execution));
  }

  #pause(execution: LiveExecution, turn: Turn): void {
    const { id, record } = execution;
    if (execution.run.done) throw notRunning(id);
    if (record.parked !== null && !isQueued(record)) return;
    if (isQueued(record)) this.#leaveQueue(execution, turn);
    const hint = `orch resume ${id}`;
    const since = record.parked?.since ?? turn.at;
    this.#park(execution, { ...record, parked: { reason: "paused", since, hint } }, turn);
    // What has not begun tells nothing: it begins when it goes on.
    if (execution.sequence > 0) this.#stage.note(execution, { type: "workflow_paused" }, turn);
    for (const child of this.#childrenOf(execution)) this.#pause(child, turn);
  }

  #continue(execution: LiveExecution, turn: Turn): void {
    const { record } = execution;
    if (record.parked === null || isQueued(record)) return;
    if (this.#places.take(execution, turn)) this.#goesOn(execution, turn);
    else this.#queue(execution, turn);
  }

  #goesOn(execution: LiveExecution, turn: Turn): void {
    const { record, sequence } = execution;
    const begins = sequence === 0;
    const due_at = dueAfterPause(record, turn.at);
    const started_at = begins ? turn.at : record.started_at;
    this.#park(execution, { ...record, started_at, due_at, parked: null }, turn);
    const fact = begins ? begunFact(execution) : ({ type: "workflow_continued" } as const);
    this.#stage.note(execution, fact, turn);
    turn.afterCommit(() => this.#stage.listener.continued(execution));
    for (const child of this.#childrenOf(execution)) this.#continue(child, turn);
    this.runs.goOn(execution, turn);
    this.fans.goOn(execution, turn);
    this.steps.advance(execution, turn);
  }

  #queue(execution: LiveExecution, turn: Turn): void {
    const { record } = execution;
    this.#park(execution, { ...record, parked: queued(record, turn.at) }, turn);
    // Its session may be closed already.
    turn.afterCommit(() => this.#stage.listener.queueChanged());
  }

  /** Who stands behind it is looked at: only the first one is told what comes back. */
  #leaveQueue(execution: LiveExecution, turn: Turn): void {
    this.#places.leave(execution, turn);
    turn.afterCommit(() => this.#stage.listener.queueChanged());
  }

  #park(execution: LiveExecution, record: LiveExecution["record"], turn: Turn): void {
    execution.record = record;
    turn.put(keys.execution(execution.id), asRecord(record));
    turn.setLimit(execution.group, limitOf(record));
  }

  #childrenOf(execution: LiveExecution): LiveExecution[] {
    return allWaits(execution).flatMap(({ child }) => {
      const found = child === null ? undefined : this.#stage.live.get(child);
      return found && !found.run.done ? [found] : [];
    });
  }

  /** Every step has ended: now what they have done is undone, or the execution ends. */
  #stepsDone(execution: LiveExecution, turn: Turn): void {
    const { undoing } = execution.record;
    if (execution.leaving.size > 0) {
      // What they have given up was done last: it is undone before the rest, and nothing of it goes on behind the end.
      const end = undoing === null ? endOfRun(execution.run).end : null;
      if (end !== null && end.status !== "completed") this.undos.decide(execution, end, turn);
      return;
    }
    if (undoing !== null) {
      this.undos.begin(execution, { ...undoing, errorCode: undoing.error_code }, turn);
      return;
    }
    const { end, outputs } = endOfRun(execution.run);
    if (end.status === "completed") this.#end(execution, end, outputs, turn);
    else this.undos.begin(execution, end, turn);
  }

  #end(execution: LiveExecution, end: RunEnd, outputs: JsonObject | null, turn: Turn): void {
    const { id, record } = execution;
    if (execution.hasEnded) return;
    const { status, errors, warnings, errorCode } = end;
    execution.hasEnded = true;
    execution.record = {
      ...record,
      status,
      outputs,
      // The clock may have been set back since.
      ended_at: Math.max(turn.at, record.started_at),
      errors: firstOf(errors),
      warnings: firstOf([...record.warnings, ...warnings]),
      error_code: errorCode,
      parked: null,
      undoing: null,
    };
    turn.put(keys.execution(id), asRecord(execution.record));
    turn.delete(keys.active(id));
    this.#places.leave(execution, turn);
    if (record.parent === null) turn.put(keys.ended(turn.at, id), true);
    const steps = namesOfRunning(execution.draining);
    if (steps.length > 0) turn.put(keys.draining(id), { owner: this.#stage.instance, steps });
    for (const { key } of this.#reads.requestsOf(id, turn)) turn.delete(key);
    this.#stage.note(execution, endedFact(execution.record), turn);
    turn.afterCommit(() => {
      this.#stage.live.delete(id);
      this.#draining.add(id, execution.draining);
      this.#stage.listener.ended(id);
    });
    this.#tellParent(execution, turn);
  }

  #tellParent(execution: LiveExecution, turn: Turn): void {
    const { id, record } = execution;
    const parent = record.parent && this.#stage.live.get(record.parent.execution_id);
    if (!record.parent || !parent) return;
    parent.leaving.delete(id);
    if (parent.undoing) {
      // The first line says why it was undone.
      this.undos.childEnded(parent, id, record.errors.slice(1), turn);
      return;
    }
    const { step, item = null } = record.parent;
    const wait = this.keeper.find(parent, { node: parent.run.compiled.graph.indexOf(step), item });
    this.runs.childEnded(parent, wait, id, endOfLiveChild(execution), turn);
    this.steps.advance(parent, turn);
  }
}

/** Lines of an execution's record at most: each step has its own record with all of it. */
const MOST_LINES = 100;

const firstOf = (lines: readonly string[]): string[] =>
  lines.length <= MOST_LINES
    ? [...lines]
    : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more`];
