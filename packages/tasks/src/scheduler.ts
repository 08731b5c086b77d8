import { invariant } from "@orch/core";
import { type Refusal, resourceOf, type SharedLedger } from "@orch/resources";
import { type Failure, failureOf } from "./failure.ts";
import type { Group } from "./group.ts";
import type { AttemptEnd } from "./input.ts";
import { countLateUsage } from "./late-usage.ts";
import { countAttempt, isOver, type LiveTask } from "./live-task.ts";
import { AGING_MS, ReadyQueue } from "./ready-queue.ts";
import { backoffMs, isRetried } from "./retry-policy.ts";
import { cannotFit, didNotStop, timedOut, waitedTooLong } from "./scheduler-failure.ts";
import { stopGraceOf } from "./stop-grace.ts";
import { isTerminalStatus, type TerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** Two tasks never become ready at the same instant: each at least this much later than the one before, milliseconds. */
const SEQUENCE_STEP_MS = 0.001;

const NONE: readonly never[] = [];

/** What a {@link Scheduler} is made of. */
export interface SchedulerInit {
  /** Attempts that run at once, at most. */
  readonly limit: number;
  readonly ledger: SharedLedger;
  /** Called after the commit in which tasks gave resources or locks back: for others who wait for them. */
  readonly onFreed?: ((names: readonly string[]) => void) | undefined;
  /** How long code that ran past its time may take to return; then its task is not tried again. Milliseconds. @default 10,000 */
  readonly stopGraceMs?: number;
}

/**
 * Decides which ready tasks run and what follows when an attempt ends: slots, resources, retries, timeouts,
 * cancellation. Deterministic over a state that it owns: no clock, no I/O, no chance (they come in with the calls), so the
 * same calls give the same decisions. What it decides goes into the turn: records to write, commands for after the commit.
 */
export class Scheduler {
  /** @internal */
  readonly queue = new ReadyQueue();
  readonly #ledger: SharedLedger;
  readonly limit: number;
  readonly #onFreed: ((names: readonly string[]) => void) | null;
  readonly #stopGraceMs: number;
  /** Became ready since the last look, with demands of which nobody has asked whether they can ever fit. */
  #unasked: LiveTask[] = [];
  #running = 0;
  #unfinished = 0;
  #sequence = 0;
  #stopped = false;

  constructor({ limit, ledger, onFreed, stopGraceMs = stopGraceOf() }: SchedulerInit) {
    this.limit = limit;
    this.#ledger = ledger;
    this.#onFreed = onFreed ?? null;
    this.#stopGraceMs = stopGraceMs;
  }

  /** Attempts whose code runs now. */
  get running(): number {
    return this.#running;
  }

  /** Tasks that were submitted and have not ended. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Whether {@link stop} holds. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Starts nothing new until {@link resume}; what runs goes on. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes back {@link stop}. */
  resume(): void {
    this.#stopped = false;
  }

  /** A task may run as soon as there is room for it. One that waits for a retry keeps waiting. */
  submit(task: LiveTask, turn: Turn): void {
    this.#unfinished++;
    if (task.dueAt > turn.at) {
      task.status = "running";
      this.#retryLater(task, task.dueAt - turn.at, turn);
    } else this.#makeReady(task, turn);
  }

  /** The delay before the next attempt is over. */
  retryDue(task: LiveTask, attempt: number, turn: Turn): void {
    if (task.attempt === attempt && task.dueAt > 0 && !isTerminalStatus(task.status))
      this.#makeReady(task, turn);
  }

  /** It has waited for its resources as long as it may: nothing is booked, and it fails. */
  waitOver(task: LiveTask, sequence: number, turn: Turn): void {
    if (task.status !== "ready" || task.sequence !== sequence) return;
    task.failure = failureOf(waitedTooLong(task));
    this.#end(task, "failed", turn);
  }

  /** Changes how many tasks of a group run at once, and looks again at those that wait for a place in it. */
  setLimit(group: Group, limit: number): void {
    group.limit = limit;
    this.queue.reopen(group);
  }

  /** Resources may have come back without a release: a rate flowed on, a capacity grew. */
  lookAgain(): void {
    this.queue.unpark();
  }

  /** The code of an attempt has returned: its place and its resources are free. */
  attemptEnded({ task, attempt, outcome, durationMs, chance }: AttemptEnd, turn: Turn): void {
    if (!task.attemptRunning || task.attempt !== attempt) return;
    this.#free(task, turn);
    // Timed out or cancelled before: it has ended already, only its place was still taken.
    if (isTerminalStatus(task.status)) {
      if (outcome.usage !== undefined) countLateUsage(task, outcome.usage, turn);
      return;
    }
    countAttempt(task, durationMs, outcome.usage);
    if (task.timedOut && task.failure) this.#attemptFailed(task, task.failure, "timeout", chance, turn);
    else if (outcome.ok) {
      task.value = outcome.value;
      task.cached = outcome.cached === true;
      task.failure = null;
      this.#end(task, "completed", turn);
    } else this.#attemptFailed(task, outcome.failure, "failed", chance, turn);
  }

  /** The running attempt is past its time: reported at once, whatever its code does. */
  attemptTimedOut(task: LiveTask, attempt: number, turn: Turn): void {
    if (!task.attemptRunning || task.attempt !== attempt || task.timedOut || isTerminalStatus(task.status))
      return;
    const failure = failureOf(timedOut(task.spec));
    task.failure = failure;
    task.timedOut = true;
    turn.commands.push({ type: "abort", task, failure });
    // With a retry left it goes on when the code has returned, since attempts of a task never overlap.
    if (isRetried(task.spec.retry, task.failures + 1, failure))
      turn.commands.push({
        type: "post_later",
        task,
        delayMs: this.#stopGraceMs,
        input: { type: "grace_over", task, attempt },
      });
    else this.#timeOut(task, failure, turn);
  }

  /** The code of an attempt that timed out has not returned, although it had time to: its task is not tried again. */
  graceOver(task: LiveTask, attempt: number, turn: Turn): void {
    if (!task.attemptRunning || task.attempt !== attempt || !task.timedOut || isTerminalStatus(task.status))
      return;
    this.#timeOut(task, failureOf(didNotStop(task.spec, this.#stopGraceMs)), turn);
  }

  /** Ends a task that has not ended; its code is told to stop. */
  cancel(task: LiveTask, failure: Failure, turn: Turn, status: TerminalStatus = "cancelled"): void {
    if (isTerminalStatus(task.status)) return;
    task.failure = failure;
    if (task.attemptRunning) turn.commands.push({ type: "abort", task, failure });
    this.#end(task, status, turn);
  }

  /**
   * Starts what fits, most urgent first. A task whose resources are short holds up nobody but those with the same demand
   * (and those behind it in a group that keeps its order). Looks at no more than `most` tasks; true when some are left
   * that could be looked at.
   */
  admit(turn: Turn, most: number): boolean {
    if (this.#stopped) return false;
    if (this.#unasked.length > 0) this.#refuseVain(turn);
    this.queue.age(turn.monotonic);
    for (let looked = 0; this.#running < this.limit; looked++) {
      const task = this.queue.next();
      if (task === undefined || looked === most) return task !== undefined;
      // Ended while it waited here: its entry goes when its turn comes.
      if (task.status === "ready") this.#tryToStart(task, turn);
      else this.queue.take(task);
    }
    return false;
  }

  #makeReady(task: LiveTask, turn: Turn): void {
    task.status = "ready";
    task.dueAt = 0;
    task.level = task.spec.priority;
    this.#sequence = Math.max(turn.monotonic, this.#sequence + SEQUENCE_STEP_MS);
    task.sequence = this.#sequence;
    task.sinceMs = turn.monotonic;
    const { demand, waitTimeoutMs: delayMs } = task.spec;
    if (demand !== null) this.#unasked.push(task);
    if (demand !== null && typeof delayMs === "number") {
      turn.commands.push({
        type: "post_later",
        task,
        delayMs,
        input: { type: "wait_over", task, sequence: task.sequence },
      });
    }
    this.queue.push(task);
  }

  #tryToStart(task: LiveTask, turn: Turn): void {
    const { demand, id } = task.spec;
    if (task.deadline !== null && isOver(task.deadline, turn)) {
      this.#neverStart(task, task.deadline.failure, "timeout", turn);
      return;
    }
    const outcome = demand && this.#ledger.grant(demand, id, turn, ticketOf(task));
    if (outcome === null || outcome.ok) {
      this.queue.take(task);
      this.#leaveQueues(task);
      task.grant = outcome;
      this.#start(task, turn);
    } else if (outcome.never) this.#neverStart(task, failureOf(cannotFit(task, outcome)), "failed", turn);
    else this.#park(task, outcome, turn);
  }

  /** What can never get its resources fails now, also while every place is taken; its entry in the queue goes as others' do. */
  #refuseVain(turn: Turn): void {
    for (const task of this.#unasked.splice(0)) {
      const { demand } = task.spec;
      const refusal = task.status === "ready" && demand !== null && this.#ledger.whyNever(demand, turn);
      if (!refusal) continue;
      task.failure = failureOf(cannotFit(task, refusal));
      this.#end(task, "failed", turn);
    }
  }

  #neverStart(task: LiveTask, failure: Failure, status: TerminalStatus, turn: Turn): void {
    this.queue.take(task);
    task.failure = failure;
    this.#end(task, status, turn);
  }

  /** Waits in the queues of the locks that it lacks, so that nobody who comes later passes it there. */
  #park(task: LiveTask, { watch, retryAt }: Refusal, turn: Turn): void {
    this.queue.park(task, watch);
    this.#leaveQueues(task, watch);
    if (task.spec.demand) this.#ledger.enqueue(task.spec.demand, ticketOf(task), watch);
    task.lacks = watch;
    if (retryAt !== null) turn.commands.push({ type: "look_again", delayMs: retryAt - turn.monotonic });
    const { group } = task;
    if (group?.keepsOrder) group.heldBy = task;
  }

  /** Who waits only because this task stands before him is looked at again, unless it still does. */
  #leaveQueues(task: LiveTask, still: readonly string[] = NONE): void {
    const { lacks, spec } = task;
    if (lacks === null) return;
    if (spec.demand) this.#ledger.dequeue(spec.demand, ticketOf(task));
    task.lacks = null;
    this.queue.unpark(lacks.filter((name) => !still.includes(name)));
  }

  #start(task: LiveTask, turn: Turn): void {
    const { group, spec } = task;
    task.status = "running";
    task.attempt++;
    task.attemptRunning = true;
    task.timedOut = false;
    task.sinceMs = turn.monotonic;
    if (task.startedAt === 0) task.startedAt = turn.at;
    this.#running++;
    if (group) {
      group.running++;
      this.#letGo(group, task);
    }
    turn.save(task);
    task.owner.taskStarted(task, turn);
    if (typeof spec.waitTimeoutMs === "number") turn.commands.push({ type: "post_nothing", task });
    turn.commands.push({ type: "start", task });
  }

  #free(task: LiveTask, turn: Turn): void {
    const { grant, group } = task;
    invariant(this.#running > 0, "More attempts ended than were started", { task: task.spec.id });
    task.attemptRunning = false;
    this.#running--;
    if (grant) {
      const names = grant.parts.map(resourceOf);
      this.#ledger.release(grant, turn.monotonic);
      this.queue.unpark(names);
      task.grant = null;
      if (this.#onFreed) turn.afterCommit(() => this.#onFreed?.(names));
    }
    if (group) {
      group.running--;
      this.queue.reopen(group);
    }
  }

  #attemptFailed(task: LiveTask, failure: Failure, status: TerminalStatus, chance: number, turn: Turn): void {
    task.failures++;
    task.failure = failure;
    if (!isRetried(task.spec.retry, task.failures, failure)) {
      this.#end(task, status, turn);
      return;
    }
    const delayMs = backoffMs(task.spec.retry, task.failures, chance);
    task.dueAt = turn.at + delayMs;
    turn.save(task);
    task.owner.taskRetrying(task, delayMs, turn);
    this.#retryLater(task, delayMs, turn);
  }

  /** Its last attempt has failed, whenever its code returns. */
  #timeOut(task: LiveTask, failure: Failure, turn: Turn): void {
    task.failures++;
    task.failure = failure;
    this.#end(task, "timeout", turn);
  }

  #retryLater(task: LiveTask, delayMs: number, turn: Turn): void {
    turn.commands.push({
      type: "post_later",
      task,
      delayMs,
      input: { type: "retry_due", task, attempt: task.attempt },
    });
  }

  #end(task: LiveTask, status: TerminalStatus, turn: Turn): void {
    const waited = task.dueAt > 0 || task.timedOut || typeof task.spec.waitTimeoutMs === "number";
    if (waited) turn.commands.push({ type: "post_nothing", task });
    // Its code still runs: the time that it has taken so far counts, what follows does not.
    if (task.attemptRunning) task.executionMs += Math.max(0, turn.monotonic - task.sinceMs);
    task.status = status;
    task.dueAt = 0;
    task.endedAt = turn.at;
    this.#unfinished--;
    this.#leaveQueues(task);
    if (task.group) this.#letGo(task.group, task);
    turn.save(task);
    task.owner.taskEnded(task, turn);
  }

  /** A task that held up its group does so no longer. */
  #letGo(group: Group, task: LiveTask): void {
    if (group.heldBy !== task) return;
    group.heldBy = null;
    this.queue.reopen(group);
  }
}

/** The place of a task in the queue of a lock: its instant of becoming ready, later by an aging period per level. */
export const ticketOf = ({ sequence, spec }: LiveTask): number => sequence + spec.priority * AGING_MS;
