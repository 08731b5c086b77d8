import type { JsonObject } from "@orch/core";
import { type Failure, failureOf, type Turn } from "@orch/tasks";
import type { ChildRuns } from "./child-runs.ts";
import { type ControlKind, type ControlRequest, controlOf, parseControl } from "./control-step.ts";
import { waitsForNoAnswer } from "./errors.ts";
import type { ExecutionRequest } from "./execution-request.ts";
import type { LiveExecution } from "./live-execution.ts";
import type { ReadyStep, StepEnd } from "./run-change.ts";
import { recordOfEnd } from "./step-record.ts";
import type { StepRecord } from "./stored-step.ts";
import { checkForm, endOfAnswer, endOfTime, takesAnswer, untilOf, type Wait } from "./wait.ts";
import type { WaitKeeper, WaitPlace } from "./wait-keeper.ts";

/** Runs control steps: those that wait for a time, for an answer, or for another execution. They hold nothing meanwhile. */
export class Waits {
  readonly #keeper: WaitKeeper;
  readonly #runs: ChildRuns;

  constructor(keeper: WaitKeeper, runs: ChildRuns) {
    this.#keeper = keeper;
    this.#runs = runs;
  }

  /** A step begins to wait, or goes on with it after a crash: until the same instant, for the same execution. */
  begin(execution: LiveExecution, { node, parameters }: ReadyStep, turn: Turn): void {
    execution.run.stepBegan(node);
    this.beginAt(execution, { node, item: null, parameters, earlier: execution.earlier.get(node) }, turn);
  }

  /** As {@link begin}, of a step or of an item of one. `earlier` is what it left behind. */
  beginAt(
    execution: LiveExecution,
    {
      node,
      item,
      parameters,
      earlier,
    }: WaitPlace & { readonly parameters: JsonObject; readonly earlier: StepRecord | undefined },
    turn: Turn,
  ): void {
    const definition = execution.run.compiled.steps[node];
    const kind = definition ? controlOf(definition) : null;
    if (!definition || kind === null) return;
    const inFlight = earlier?.status === "running";
    const since = inFlight ? earlier.started_at : turn.at;
    const attempt = (earlier?.attempt ?? 0) + (inFlight ? 0 : 1);
    const place = { node, item, attempt, since, timeoutMs: definition.timeoutMs };
    if (!inFlight) this.#keeper.started(execution, place, turn);
    const request = readRequest(kind, parameters);
    if ("failure" in request) {
      this.#refuse(execution, place, earlier, request.failure, turn);
      return;
    }
    const until = (inFlight && earlier.wait?.until) || untilOf(request, place.timeoutMs, since);
    const child = earlier?.child ?? null;
    const before = inFlight ? earlier : undefined;
    const failures = before?.failures ?? 0;
    const dueAt = before?.due_at ?? 0;
    this.#wait(execution, { ...place, request, until, child, failures, dueAt }, inFlight, turn);
  }

  /** The time of a wait is over. */
  timeIsOver(execution: LiveExecution, wait: Wait, turn: Turn): void {
    if (wait.dueAt > 0 || wait.isUndone) return;
    if (wait.request.kind === "workflow.run") this.#runs.timeIsOver(execution, wait, turn);
    else this.#keeper.end(execution, wait, endOfTime(wait), turn);
  }

  /** An answer for a step has come. Throws INVALID_STATE where it waits for none, or for another one; INVALID_PARAMETERS for one that does not fit. */
  answer(
    execution: LiveExecution,
    { step, value, since }: Omit<Extract<ExecutionRequest, { type: "answer" }>, "type">,
    turn: Turn,
  ): void {
    const wait = execution.waits.get(execution.run.compiled.graph.indexOf(step));
    const isMeant = since === undefined || since === wait?.since;
    if (!wait || !isMeant || !takesAnswer(wait.request)) throw waitsForNoAnswer(execution.id, step);
    this.#keeper.end(execution, wait, endOfAnswer(wait.request, value), turn);
  }

  /** Ends all waits of the steps of an execution. */
  cancelAll(execution: LiveExecution, failure: Failure, turn: Turn): void {
    for (const wait of [...execution.waits.values()]) this.#runs.cancel(execution, wait, failure, turn);
  }

  #wait(execution: LiveExecution, wait: Wait, inFlight: boolean, turn: Turn): void {
    const { request, until } = wait;
    if (request.kind === "workflow.run") this.#runs.begin(execution, wait, inFlight, turn);
    else if (until !== null && until <= turn.at) this.#keeper.finish(execution, wait, endOfTime(wait), turn);
    else this.#keeper.hold(execution, wait, turn);
  }

  /** What it asks for makes no sense. */
  #refuse(
    execution: LiveExecution,
    place: Pick<Wait, "node" | "item" | "attempt" | "since" | "timeoutMs">,
    earlier: StepRecord | undefined,
    failure: Failure,
    turn: Turn,
  ): void {
    const end: StepEnd = { status: "failed", output: null, failure };
    const record = { ...recordOfEnd(end, turn.at, earlier), attempt: place.attempt };
    this.#keeper.close(execution, place, { end, ms: 0, record }, turn);
  }
}

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
