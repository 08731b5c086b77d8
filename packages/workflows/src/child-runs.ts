import { backoffMs, type Failure, failureOf, isRetried, TaskTimeoutError, type Turn } from "@orch/tasks";
import type { Children, RunRequest } from "./children.ts";
import { allWaits, type LiveExecution } from "./live-execution.ts";
import type { StepEnd } from "./run-change.ts";
import { retryPolicyOf } from "./step-retry.ts";
import { endOfTime, untilOf, type Wait } from "./wait.ts";
import type { WaitKeeper } from "./wait-keeper.ts";

/** Code of the last run that does not stop is looked at again after this long. */
const DRAINING_MS = 1000;

/** What {@link ChildRuns} are made of. */
export interface ChildRunsInit {
  readonly keeper: WaitKeeper;
  readonly children: Children;
  /** From 0 to 1, for the delays before further attempts. */
  readonly random: () => number;
}

// An attempt: held (the other execution runs) ─► ended, or delayed ─► the next attempt goes on with the same execution.

/**
 * Steps, and items of steps, that run other workflows. An attempt that fails is followed by others as the step says: each
 * goes on with the execution of the one before, so that what has completed in it is not done again.
 */
export class ChildRuns {
  readonly #keeper: WaitKeeper;
  readonly #children: Children;
  readonly #random: () => number;

  constructor({ keeper, children, random }: ChildRunsInit) {
    this.#keeper = keeper;
    this.#children = children;
    this.#random = random;
  }

  /** Begins, or goes on after a crash: `inFlight` says that it was under way when its process died. */
  begin(execution: LiveExecution, wait: Wait, inFlight: boolean, turn: Turn): void {
    if (wait.dueAt === 0) {
      this.#run(execution, wait, inFlight, turn);
      return;
    }
    const { maxDelayMs } = policyOf(execution, wait);
    // Never longer than its policy says, whatever the wall clock has done meanwhile.
    const dueAt = Math.min(wait.dueAt, turn.at + maxDelayMs);
    const delayed = { ...wait, dueAt };
    this.#keeper.remember(execution, delayed);
    this.#keeper.later(execution, delayed, "next_attempt", Math.max(0, dueAt - turn.at), turn);
  }

  /** The execution that it waits for has ended. Nothing happens where it waits for another one by now. */
  childEnded(
    execution: LiveExecution,
    wait: Wait | undefined,
    child: string,
    end: StepEnd,
    turn: Turn,
  ): void {
    if (wait?.child !== child || wait.dueAt > 0) return;
    if (!wait.isUndone) this.#ended(execution, wait, end, turn);
    // Its end must be on disk, since that is what it begins from.
    else this.#keeper.later(execution, wait, "child_undone", 0, turn);
  }

  /** What had to end before it could begin may have done so. */
  undone(execution: LiveExecution, wait: Wait, turn: Turn): void {
    if (!wait.isUndone) return;
    this.#keeper.forget(execution, wait, turn);
    const until = untilOf(wait.request, wait.timeoutMs, turn.at);
    const child = wait.isSuperseded ? null : wait.child;
    const again = { ...wait, since: turn.at, until, child, isUndone: false, isSuperseded: false };
    this.#run(execution, again, false, turn);
  }

  /** The delay before its next attempt is over. While the whole is paused nothing begins. */
  nextAttempt(execution: LiveExecution, wait: Wait, turn: Turn): void {
    if (wait.dueAt === 0 || wait.dueAt > turn.at || execution.record.parked !== null) return;
    this.#keeper.forget(execution, wait, turn);
    const until = untilOf(wait.request, wait.timeoutMs, turn.at);
    const next: Wait = { ...wait, attempt: wait.attempt + 1, since: turn.at, until, dueAt: 0 };
    this.#keeper.started(execution, next, turn);
    this.#run(execution, next, false, turn);
  }

  /** The whole goes on after a pause: so does what had to wait for that. */
  goOn(execution: LiveExecution, turn: Turn): void {
    for (const wait of allWaits(execution)) if (wait.dueAt > 0) this.nextAttempt(execution, wait, turn);
  }

  /** It has taken longer than it may. */
  timeIsOver(execution: LiveExecution, wait: Wait, turn: Turn): void {
    // First, so that the end of what it waits for finds nobody who waits.
    this.#ended(execution, wait, endOfTime(wait), turn);
    const seconds = (wait.timeoutMs ?? 0) / 1000;
    const error = new TaskTimeoutError(`The step waited longer than ${seconds} seconds for it`);
    this.#leave(execution, wait, failureOf(error), turn);
  }

  /** Ends it, and what it waits for. */
  cancel(execution: LiveExecution, wait: Wait, failure: Failure, turn: Turn): void {
    // First, so that the end of what it waits for finds nobody who waits.
    this.#keeper.end(execution, wait, { status: "cancelled", output: null, failure }, turn);
    this.#leave(execution, wait, failure, turn);
  }

  /** What it ran is not wanted any more; what that has done is undone, and until then the whole does not end. */
  #leave(execution: LiveExecution, { child }: Wait, failure: Failure, turn: Turn): void {
    if (child !== null && this.#children.cancel(child, failure, turn)) execution.leaving.add(child);
  }

  #run(execution: LiveExecution, wait: Wait, inFlight: boolean, turn: Turn): void {
    const { node, item } = wait;
    const request = wait.request as RunRequest;
    const step = execution.run.compiled.graph.names[node] ?? "";
    const asked = { place: { step, item }, request, id: wait.child, inFlight };
    const child = this.#children.begin(execution, asked, turn);
    const held = { ...wait, child: child.id };
    if (child.end !== null) {
      this.#ended(execution, held, child.end, turn);
      return;
    }
    // Nothing on disk says that it has begun: after a crash it does so from there.
    const { isSuperseded = false } = child;
    if (child.hasToEnd) this.#keeper.remember(execution, { ...held, isUndone: true, isSuperseded });
    else this.#keeper.hold(execution, held, turn);
    if (child.hasToEnd === "draining") this.#keeper.later(execution, held, "child_undone", DRAINING_MS, turn);
    // Only now, since it may end at once.
    child.go();
  }

  /** An attempt has ended: the step has, too, or tries again. */
  #ended(execution: LiveExecution, wait: Wait, end: StepEnd, turn: Turn): void {
    const policy = policyOf(execution, wait);
    const failures = wait.failures + 1;
    if (end.failure === null || !isRetried(policy, failures, end.failure)) {
      this.#keeper.end(execution, wait, end, turn);
      return;
    }
    const dueAt = Math.max(1, turn.at + backoffMs(policy, failures, this.#random()));
    this.#keeper.delay(execution, { ...wait, failures, dueAt }, end, turn);
  }
}

function policyOf({ run }: LiveExecution, { node }: Wait) {
  const step = run.compiled.steps[node];
  if (!step) throw new RangeError(`No step ${node}`);
  return retryPolicyOf(step);
}
