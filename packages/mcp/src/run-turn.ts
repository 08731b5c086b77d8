import type { JsonObject } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { approvalRequired } from "./approval-required.ts";
import type { ToolOutcome } from "./mcp-result.ts";
import { questionsOf } from "./open-question.ts";
import type { OrchestrationApi, RunOutcome } from "./orchestration-api.ts";
import { resumeInterrupted } from "./resume-interrupted.ts";
import { bringAgain } from "./settle-question.ts";
import type { ToolContext } from "./tool.ts";

/** Steps of another process ask something without an event here. */
const LOOK_MS = 1000;

/** Kinds of steps that ask a person. */
const ASKS: ReadonlySet<unknown> = new Set(["human.approval", "human.input"]);

/** A run that a call waits for. */
export interface RunTurn<Outcome extends RunOutcome> {
  readonly executionId: string;
  /** What the tool says of the call. */
  readonly facts: JsonObject;
  /** Begins the run, or waits for it; the signal is that of the caller, while he waits. */
  readonly work: (signal: AbortSignal) => Promise<Outcome>;
  /** What the call gives when the run has ended. */
  readonly told: (outcome: Outcome) => ToolOutcome;
}

/**
 * Waits for a run until it has ended, or a step of it waits for a person: then the call ends, with APPROVAL_REQUIRED, and
 * the run goes on without it.
 */
export async function untilEndOrQuestion<Outcome extends RunOutcome>(
  { executionId, facts, work, told }: RunTurn<Outcome>,
  context: ToolContext,
): Promise<ToolOutcome> {
  using caller = whileWaited(context.signal);
  const ended = work(caller.signal);
  // Nobody waits for it any more when the question comes first.
  ended.catch(() => {});
  using asked = firstQuestion(executionId, context);
  const end = await Promise.race([
    ended.then((outcome) => ({ outcome, question: null })),
    asked.question.then((question) => ({ outcome: null, question })),
  ]);
  if (end.question === null) return told(end.outcome);
  context.asked(end.question);
  return approvalRequired(executionId, end.question, context.host, facts);
}

/** Goes on with the run of an earlier round, for which `wait` waits. */
export async function laterRound<Outcome extends RunOutcome>(
  { work, ...turn }: RunTurn<Outcome>,
  context: ToolContext,
): Promise<ToolOutcome> {
  const { goesOn, host } = context;
  const { executionId } = turn;
  await goesOn?.settle();
  await resumeInterrupted(executionId, context);
  await bringAgain(executionId, host, context.clock);
  using waits = new Waiting();
  const follow = (signal: AbortSignal) => {
    // It is the caller's run: who gives the call up wants it to end.
    const cancel = () => void host.workflowManager.requestCancel(executionId).catch(() => {});
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    return work(waits.signal);
  };
  return await untilEndOrQuestion({ ...turn, work: follow }, context);
}

/** A wait that ends with its call, whatever it waits for. */
class Waiting implements Disposable {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;

  [Symbol.dispose](): void {
    this.#controller.abort();
  }
}

/** A signal that is aborted as the caller's is, until it is disposed of. */
function whileWaited(caller: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(caller.reason);
  if (caller.aborted) onAbort();
  caller.addEventListener("abort", onAbort, { once: true });
  const { signal } = controller;
  return { signal, [Symbol.dispose]: () => caller.removeEventListener("abort", onAbort) };
}

/**
 * The first question of a run, which may be there already. A run of another process that is gone meanwhile goes on here;
 * rejects where it cannot.
 */
function firstQuestion(
  executionId: string,
  { host, clock, permit }: Pick<ToolContext, "host" | "clock" | "permit">,
): Disposable & { readonly question: Promise<OpenQuestion> } {
  const { promise, resolve, reject } = Promise.withResolvers<OpenQuestion>();
  let undo = () => {};
  let isOver = false;
  const look = () => {
    try {
      const [question] = questionsOf(executionId, host);
      if (question) resolve(question);
    } catch {
      // What is wrong with the store is told by the run.
    }
  };
  const lookElsewhere = async () => {
    if (runsHere(executionId, host)) return;
    look();
    await resumeInterrupted(executionId, { host, permit });
  };
  const later = () => {
    if (isOver) return;
    undo = clock.setTimer(() => void lookElsewhere().then(later, reject), LOOK_MS, { background: true });
  };
  const off = host.events.on("*", (event) => {
    const { type, kind } = event as { readonly type?: unknown; readonly kind?: unknown };
    if (type === "step_waiting" && ASKS.has(kind)) look();
  });
  look();
  later();
  return {
    question: promise,
    [Symbol.dispose]() {
      isOver = true;
      off();
      undo();
    },
  };
}

/** Whether this process tells what happens in a run; before it has begun it is none of another one. */
function runsHere(executionId: string, { workflowManager }: OrchestrationApi): boolean {
  try {
    return workflowManager.ownerOf(executionId).isOwn;
  } catch {
    return true;
  }
}
