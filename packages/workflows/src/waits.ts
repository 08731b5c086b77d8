import type { JsonObject, JsonValue } from "@orch/core";
import { type Failure, failureOf, TaskTimeoutError, type Turn } from "@orch/tasks";
import type { Children, RunRequest } from "./children.ts";
import { type ControlKind, type ControlRequest, controlOf, parseControl } from "./control-step.ts";
import { waitsForNoAnswer } from "./errors.ts";
import { keys } from "./execution-record.ts";
import { type Fact, stepEndedFact } from "./journal.ts";
import { type LiveExecution, noteCompletion } from "./live-execution.ts";
import type { ReadyStep, StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { recordOfEnd, recordOfWait } from "./step-record.ts";
import { checkForm, endOfAnswer, endOfTime, takesAnswer, untilOf, type Wait } from "./wait.ts";

/** Runs control steps: those that wait for a time, for an answer, or for another execution. They hold nothing meanwhile. */
export class Waits {
  readonly #stage: Stage;
  readonly #children: Children;

  constructor(stage: Stage, children: Children) {
    this.#stage = stage;
    this.#children = children;
  }

  /** A step begins to wait, or goes on with it after a crash: until the same instant, for the same execution. */
  begin(execution: LiveExecution, step: ReadyStep, turn: Turn): void {
    const { node } = step;
    const definition = execution.run.compiled.steps[node];
    const kind = definition ? controlOf(definition) : null;
    if (!definition || kind === null) return;
    const earlier = execution.earlier.get(node);
    const inFlight = earlier?.status === "running";
    const since = inFlight ? earlier.started_at : turn.at;
    const attempt = (earlier?.attempt ?? 0) + (inFlight ? 0 : 1);
    execution.run.stepBegan(node);
    if (!inFlight)
      this.#stage.note(execution, { type: "step_started", step_name: definition.name, attempt }, turn);
    const request = readRequest(kind, step.parameters);
    if ("failure" in request) {
      this.#refuse(execution, node, attempt, request.failure, turn);
      return;
    }
    const { timeoutMs } = definition;
    const until = (inFlight && earlier.wait?.until) || untilOf(request, timeoutMs, since);
    const child = earlier?.child ?? null;
    this.#wait(execution, { node, request, attempt, since, until, timeoutMs, child }, turn);
  }

  /** The time of a wait is over. */
  timeIsOver(execution: LiveExecution, node: number, since: number, turn: Turn): void {
    const wait = execution.waits.get(node);
    if (!wait || wait.since !== since) return;
    // First, so that the end of what it waits for finds nobody who waits.
    this.#end(execution, wait, endOfTime(wait), turn);
    if (wait.child !== null) this.#children.cancel(wait.child, failureOf(tookTooLong(wait)), turn);
  }

  /** An answer for a step has come. Throws INVALID_STATE where it waits for none, INVALID_PARAMETERS for one that does not fit. */
  answer(execution: LiveExecution, step: string, value: JsonValue, turn: Turn): void {
    const wait = execution.waits.get(execution.run.compiled.graph.indexOf(step));
    if (!wait || !takesAnswer(wait.request)) throw waitsForNoAnswer(execution.id, step);
    this.#end(execution, wait, endOfAnswer(wait.request, value), turn);
  }

  /** An execution that a step has started has ended. Nothing happens where the step waits for another one by now. */
  childEnded(execution: LiveExecution, step: string, child: string, end: StepEnd, turn: Turn): void {
    const wait = execution.waits.get(execution.run.compiled.graph.indexOf(step));
    if (wait?.child !== child) return;
    if (!wait.isUndone) this.#end(execution, wait, end, turn);
    // Its end must be on disk, since that is what it begins from.
    else this.#stage.postLater(timerOf(execution.id, wait.node), undoneMessage(execution, wait), 0, turn);
  }

  /** What a step waited for before it could begin has been undone. */
  undone(execution: LiveExecution, node: number, since: number, turn: Turn): void {
    const wait = execution.waits.get(node);
    if (!wait?.isUndone || wait.since !== since || wait.request.kind !== "workflow.run") return;
    execution.waits.delete(node);
    const until = untilOf(wait.request, wait.timeoutMs, turn.at);
    this.#runChild(execution, { ...wait, since: turn.at, until, isUndone: false }, wait.request, turn);
  }

  /** Ends all waits of an execution. */
  cancelAll(execution: LiveExecution, failure: Failure, turn: Turn): void {
    for (const wait of [...execution.waits.values()]) {
      // First, so that the end of what it waits for finds nobody who waits.
      this.#end(execution, wait, { status: "cancelled", output: null, failure }, turn);
      if (wait.child !== null) this.#children.cancel(wait.child, failure, turn);
    }
  }

  #wait(execution: LiveExecution, wait: Wait, turn: Turn): void {
    const { request, until } = wait;
    if (request.kind === "workflow.run") this.#runChild(execution, wait, request, turn);
    else if (until !== null && until <= turn.at) this.#finish(execution, wait, endOfTime(wait), turn);
    else this.#hold(execution, wait, turn);
  }

  #runChild(execution: LiveExecution, wait: Wait, request: RunRequest, turn: Turn): void {
    const step = nameOf(execution, wait.node);
    const child = this.#children.begin(execution, { step, request, id: wait.child }, turn);
    if (child.end !== null) {
      this.#finish(execution, { ...wait, child: child.id }, child.end, turn);
      return;
    }
    // Nothing on disk says that it has begun: after a crash it does so from there.
    if (child.isUndone) execution.waits.set(wait.node, { ...wait, child: child.id, isUndone: true });
    else this.#hold(execution, { ...wait, child: child.id }, turn);
    // Only now, since it may end at once.
    child.go();
  }

  /** From now on it waits. */
  #hold(execution: LiveExecution, wait: Wait, turn: Turn): void {
    const { node, since, until, request, child } = wait;
    const { id } = execution;
    const step_name = nameOf(execution, node);
    execution.waits.set(node, wait);
    turn.put(keys.step(id, step_name), recordOfWait(wait, turn.at, null));
    const fact: Fact = {
      type: "step_waiting",
      step_name,
      kind: request.kind,
      until,
      child_execution_id: child,
    };
    this.#stage.note(execution, fact, turn);
    if (until === null) return;
    const message = { type: "time_is_over", id, node, since } as const;
    this.#stage.postLater(timerOf(id, node), message, Math.max(0, until - turn.at), turn);
  }

  #end(execution: LiveExecution, wait: Wait, end: StepEnd, turn: Turn): void {
    execution.waits.delete(wait.node);
    turn.afterCommit(() => this.#stage.stopTimer(timerOf(execution.id, wait.node)));
    this.#finish(execution, wait, end, turn);
  }

  #finish(execution: LiveExecution, wait: Wait, end: StepEnd, turn: Turn): void {
    const { node, since, attempt } = wait;
    const name = nameOf(execution, node);
    const fact = stepEndedFact(name, attempt, Math.max(0, turn.at - since), end);
    this.#stage.note(execution, fact, turn);
    noteCompletion(execution, node, end.status);
    const completion = execution.completions.get(node);
    const record = recordOfWait(wait, turn.at, end);
    turn.put(keys.step(execution.id, name), completion === undefined ? record : { ...record, completion });
    this.#stage.stepEnds(execution, node, end);
  }

  /** What it asks for makes no sense. */
  #refuse(execution: LiveExecution, node: number, attempt: number, failure: Failure, turn: Turn): void {
    const end: StepEnd = { status: "failed", output: null, failure };
    const name = nameOf(execution, node);
    this.#stage.note(execution, stepEndedFact(name, attempt, 0, end), turn);
    const record = recordOfEnd(end, turn.at, execution.earlier.get(node));
    turn.put(keys.step(execution.id, name), { ...record, attempt });
    this.#stage.stepEnds(execution, node, end);
  }
}

const undoneMessage = ({ id }: LiveExecution, { node, since }: Wait) =>
  ({ type: "child_undone", id, node, since }) as const;

function readRequest(
  kind: ControlKind,
  parameters: JsonObject,
): ControlRequest | { readonly failure: Failure } {
  try {
    const request = parseControl(kind, parameters);
    checkForm(request);
    return request;
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

const nameOf = ({ run }: LiveExecution, node: number): string => run.compiled.graph.names[node] ?? "";

const timerOf = (id: string, node: number): string => `${id}/${node}`;

const tookTooLong = ({ timeoutMs }: Wait): TaskTimeoutError =>
  new TaskTimeoutError(`The step waited longer than ${(timeoutMs ?? 0) / 1000} seconds for it`);
