import { invariant } from "@orch/core";
import { describeRefusal, grantLines, type Ledger, type Refusal } from "@orch/resources";
import { TaskExecutionError, TaskTimeoutError } from "./errors.ts";
import { type Failure, failureOf, type Outcome } from "./failure.ts";
import { type Group, mustWait } from "./group.ts";
import type { LiveTask } from "./live-task.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { backoffMs, isRetried } from "./retry-policy.ts";
import { isTerminalStatus, type TerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** An attempt's code has returned. */
export interface AttemptEnd {
  readonly task: LiveTask;
  /** Which attempt, so that a late word of an older one is recognised. */
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** Uniform in [0, 1]: what the jitter of a retry is drawn with. */
  readonly chance: number;
}

/**
 * Decides which ready tasks run and what follows when an attempt ends: slots, resources, retries, timeouts,
 * cancellation. Deterministic over a state that it owns: no clock, no I/O, no chance (they come in with the calls), so the
 * same calls give the same decisions. What it decides goes into the turn: records to write, commands for after the commit.
 */
export class Scheduler {
  readonly #queue = new ReadyQueue();
  readonly #ledger: Ledger;
  #limit: number;
  #running = 0;
  #unfinished = 0;
  #sequence = 0;
  #stopped = false;

  constructor({ limit, ledger }: { readonly limit: number; readonly ledger: Ledger }) {
    this.#limit = limit;
    this.#ledger = ledger;
  }

  /** Attempts whose code runs now. */
  get running(): number {
    return this.#running;
  }

  /** Tasks that were submitted and have not ended. */
  get unfinished(): number {
    return this.#unfinished;
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
      turn.commands.push({ type: "retry_later", task, delayMs: task.dueAt - turn.at });
    } else this.#makeReady(task, turn);
  }

  /** The delay before the next attempt is over. */
  retryDue(task: LiveTask, attempt: number, turn: Turn): void {
    if (task.attempt === attempt && task.dueAt > 0 && !isTerminalStatus(task.status)) this.#makeReady(task, turn);
  }

  /** Resources may have come back without a release: a rate flowed on, a capacity grew. */
  lookAgain(): void {
    this.#queue.unpark();
  }

  /** The code of an attempt has returned: its place and its resources are free. */
  attemptEnded({ task, attempt, outcome, durationMs, chance }: AttemptEnd, turn: Turn): void {
    if (!task.attemptRunning || task.attempt !== attempt) return;
    this.#free(task, turn.monotonic);
    task.executionMs += durationMs;
    // Timed out or cancelled before: it has ended already, only its place was still taken.
    if (isTerminalStatus(task.status)) return;
    if (task.timedOut && task.failure) this.#attemptFailed(task, task.failure, "timeout", chance, turn);
    else if (outcome.ok) {
      task.value = outcome.value;
      task.failure = null;
      this.#end(task, "completed", turn);
    } else this.#attemptFailed(task, outcome.failure, "failed", chance, turn);
  }

  /** The running attempt is past its time: reported at once, whatever its code does. */
  attemptTimedOut(task: LiveTask, attempt: number, turn: Turn): void {
    if (!task.attemptRunning || task.attempt !== attempt || task.timedOut || isTerminalStatus(task.status)) return;
    const failure = timeoutFailure(task);
    task.failure = failure;
    task.timedOut = true;
    turn.commands.push({ type: "abort", task, failure });
    // With a retry left it goes on when the code has returned, since attempts of a task never overlap.
    if (isRetried(task.spec.retry, task.failures + 1, failure)) return;
    task.failures++;
    this.#end(task, "timeout", turn);
  }

  /** Ends a task that has not ended; its code is told to stop. */
  cancel(task: LiveTask, failure: Failure, turn: Turn): void {
    if (isTerminalStatus(task.status)) return;
    task.failure = failure;
    if (task.attemptRunning) turn.commands.push({ type: "abort", task, failure });
    this.#end(task, "cancelled", turn);
  }

  /**
   * Starts what fits, most urgent first, at most `most` attempts. A task whose resources are short holds up nobody but
   * those with the same demand (and those behind it in a group that keeps its order).
   */
  admit(turn: Turn, most: number): void {
    if (this.#stopped) return;
    this.#queue.age(turn.monotonic);
    for (let started = 0; started < most && this.#running < this.#limit; ) {
      const task = this.#queue.next();
      if (task === undefined) return;
      // Cancelled while it waited here: its entry goes when its turn comes.
      if (task.status !== "ready") this.#passOn(task);
      else if (task.group && mustWait(task.group, task)) task.group.waiting.push(task, task.spec.priority);
      else if (this.#grant(task, turn)) {
        this.#start(task, turn);
        started++;
      } else this.#passOn(task);
    }
  }

  /** A task did not use the place in its group: the next one may. */
  #passOn({ group }: LiveTask): void {
    if (!group || group.heldBy || group.running >= group.limit) return;
    const next = group.waiting.shift();
    if (next) this.#queue.push(next);
  }

  #makeReady(task: LiveTask, turn: Turn): void {
    task.status = "ready";
    task.dueAt = 0;
    task.sequence = this.#sequence++;
    task.readySinceMs = turn.monotonic;
    this.#queue.push(task);
  }

  #grant(task: LiveTask, turn: Turn): boolean {
    if (task.spec.demand === null) return true;
    const granted = this.#ledger.grant(task.spec.demand, task.spec.id, turn.monotonic);
    if (granted.ok) {
      task.grant = granted;
      return true;
    }
    if (granted.never) {
      task.failure = failureOf(cannotFit(task, granted));
      this.#end(task, "failed", turn);
      return false;
    }
    this.#queue.park(task, granted.watch);
    if (granted.retryAt !== null) turn.commands.push({ type: "look_again", delayMs: granted.retryAt - turn.monotonic });
    if (task.group?.keepsOrder) task.group.heldBy = task;
    return false;
  }

  #start(task: LiveTask, turn: Turn): void {
    task.status = "running";
    task.attempt++;
    task.attemptRunning = true;
    task.timedOut = false;
    if (task.startedAt === 0) task.startedAt = turn.at;
    this.#running++;
    if (task.group) {
      task.group.running++;
      if (task.group.heldBy === task) this.#letGo(task.group);
    }
    turn.put(task.spec.key, task.owner.record(task));
    task.owner.taskStarted(task, turn);
    turn.commands.push({ type: "start", task });
  }

  #free(task: LiveTask, monotonic: number): void {
    invariant(this.#running > 0, "More attempts ended than were started", { task: task.spec.id });
    task.attemptRunning = false;
    this.#running--;
    if (task.grant) {
      const resources = grantLines(task.grant).map(({ resource }) => resource);
      this.#ledger.release(task.grant, monotonic);
      this.#queue.unpark(resources);
      task.grant = null;
    }
    if (task.group) task.group.running--;
    this.#passOn(task);
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
    turn.put(task.spec.key, task.owner.record(task));
    task.owner.taskRetrying(task, delayMs, turn);
    turn.commands.push({ type: "retry_later", task, delayMs });
  }

  #end(task: LiveTask, status: TerminalStatus, turn: Turn): void {
    task.status = status;
    task.endedAt = turn.at;
    this.#unfinished--;
    if (task.group?.heldBy === task) this.#letGo(task.group);
    turn.put(task.spec.key, task.owner.record(task));
    task.owner.taskEnded(task, turn);
  }

  /** The task that held up its group does so no longer. */
  #letGo(group: Group): void {
    group.heldBy = null;
    for (let next = group.waiting.shift(); next; next = group.waiting.shift()) this.#queue.push(next);
  }
}

const timeoutFailure = ({ spec }: LiveTask): Failure =>
  failureOf(
    new TaskTimeoutError(`Task '${spec.name}' timed out after ${(spec.timeoutMs ?? 0) / 1000} seconds`, {
      details: { task: spec.name, timeout_ms: spec.timeoutMs },
      suggestions: ["Give it more time, or make the action stop when its signal is aborted."],
    }),
  );

const cannotFit = ({ spec }: LiveTask, refusal: Refusal): TaskExecutionError =>
  new TaskExecutionError(`Task '${spec.name}' can never get its resources: ${describeRefusal(refusal)}`, {
    code: "RESOURCE_UNAVAILABLE",
    retryable: false,
    details: { resource: refusal.resource, dimension: refusal.dimension, wanted: refusal.wanted, capacity: refusal.capacity },
    suggestions: ["Ask for less, or register a resource that is large enough."],
  });
