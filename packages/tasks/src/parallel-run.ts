import { type Clock, type Logger, newId, sleep, toDate } from "@orch/core";
import { type Graph, reachable } from "@orch/dag";
import type { Semaphore } from "@orch/resources";
import { DependencyFailedError } from "./errors.ts";
import { ExecutionResult, type ExecutionStatus } from "./execution-result.ts";
import { abortError, type Failure, failureOf } from "./failure.ts";
import type { Feed } from "./feed.ts";
import { runFibres } from "./fibres.ts";
import type { ActionContext } from "./module.ts";
import type { ParallelTask } from "./parallel-task.ts";
import { backoffMs, DEFAULT_RETRY, isRetried } from "./retry-policy.ts";
import { type CallEnvironment, runAttempt } from "./run-attempt.ts";
import { didNotStop, timedOut } from "./scheduler-failure.ts";
import { Timers } from "./timers.ts";

/** What all calls of one executor share. */
export interface RunEnvironment extends CallEnvironment {
  readonly workers: Semaphore;
  readonly maxWorkers: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** How long code that ran past its time may take to return before its task is given up, milliseconds. */
  readonly stopGraceMs: number;
}

/** How a task stands. */
interface Standing {
  status: ExecutionStatus;
  value: ExecutionResult["result"];
  failure: Failure | null;
  startedAt: number | null;
  endedAt: number | null;
  /** On the monotonic clock. */
  beganMs: number;
  durationMs: number | null;
}

/** How a task has ended. */
type End = Partial<Pick<Standing, "value" | "failure">> & Pick<Standing, "status">;

/** One call of a `ParallelExecutor`: its tasks, how each stands, and the signal that ends all of it. */
export class ParallelRun {
  readonly #tasks: readonly ParallelTask[];
  readonly #graph: Graph | null;
  readonly #environment: RunEnvironment;
  readonly #standings: Standing[];
  readonly #controller = new AbortController();
  /** By task: until its attempt is past its time, then until its code should have stopped. */
  readonly #timers: Timers<number>;

  /** `graph` says what depends on what; null: nothing does. */
  constructor(tasks: readonly ParallelTask[], graph: Graph | null, environment: RunEnvironment) {
    this.#tasks = tasks;
    this.#graph = graph;
    this.#environment = environment;
    this.#timers = new Timers(environment.clock);
    this.#standings = tasks.map(() => ({
      status: "pending",
      value: null,
      failure: null,
      startedAt: null,
      endedAt: null,
      beganMs: 0,
      durationMs: null,
    }));
  }

  /** Whether a task has completed. */
  completed(node: number): boolean {
    return this.#standings[node]?.status === "completed";
  }

  /** Runs what the feed hands out and resolves when all has ended or {@link stop} was called, to the results in order. */
  async run(feed: Feed): Promise<ExecutionResult[]> {
    const { signal } = this.#controller;
    const { maxWorkers: limit } = this.#environment;
    try {
      await runFibres(feed, (node) => this.#runTask(node), { limit, results: [], signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    this.#skipDependents();
    return this.#tasks.map(({ name: taskName }, node) => {
      const { value, failure, startedAt, endedAt, status, durationMs } = this.#standings[node] as Standing;
      const times = { startTimeMs: startedAt, endTimeMs: endedAt, durationMs };
      return ExecutionResult.of({ taskName, status, result: value, ...times }, failure);
    });
  }

  /** Ends the call at once: what runs is told to stop and is not waited for, the rest never starts. */
  stop(status: "timeout" | "cancelled", reason: Failure): void {
    if (this.#controller.signal.aborted) return;
    this.#skipDependents();
    for (const [node, { status: now }] of this.#standings.entries())
      if (now === "pending" || now === "running") this.#ended(node, { status, failure: reason });
    this.#timers.clearAll();
    this.#controller.abort(abortError(reason));
  }

  /** Resolves when it is known how the task ended; its worker is free when its code has ended, which may be later. */
  async #runTask(node: number): Promise<void> {
    const { workers, clock } = this.#environment;
    await workers.acquire();
    if (this.#controller.signal.aborted) return workers.release();
    const standing = this.#standings[node] as Standing;
    standing.status = "running";
    standing.startedAt = clock.now();
    standing.beganMs = clock.monotonic();
    const known = Promise.withResolvers<void>();
    const tell = (end: End): void => {
      if (standing.status === "running") this.#ended(node, end);
      known.resolve();
    };
    void this.#attempts(node, tell).finally(() => workers.release());
    await known.promise;
  }

  /**
   * Attempts until one succeeds or no retry is left; they never overlap. Tells the end, before its code ends when it is
   * past its time: at once where no retry is left, else when it has not stopped after a while.
   */
  async #attempts(node: number, tell: (end: End) => void): Promise<void> {
    const { clock, random, stopGraceMs } = this.#environment;
    const task = this.#tasks[node] as ParallelTask;
    const standing = this.#standings[node] as Standing;
    const { maxRetries, retryDelayMs } = task;
    const retry = { ...DEFAULT_RETRY, maxRetries, delayMs: retryDelayMs };
    const identity = newId();
    for (let attempt = 1; !this.#controller.signal.aborted; attempt++) {
      const isRetry = (failure: Failure) => isRetried(retry, attempt, failure);
      const end = await this.#attempt(node, { attempt, identity }, (failure) => {
        const tellTimeout = (reason: Failure) => tell({ status: "timeout", failure: reason });
        const giveUp = () => tellTimeout(failureOf(didNotStop(task, stopGraceMs)));
        if (isRetry(failure)) this.#timers.set(node, stopGraceMs, giveUp);
        else tellTimeout(failure);
      });
      if (!end.failure || !isRetry(end.failure) || standing.status !== "running") return tell(end);
      const delayMs = backoffMs(retry, attempt, random());
      // Rejects only when all of it is stopped, which ends the loop.
      await sleep(delayMs, { clock, signal: this.#controller.signal }).catch(() => {});
    }
  }

  async #attempt(
    node: number,
    { attempt, identity }: { readonly attempt: number; readonly identity: string },
    onTimeout: (failure: Failure) => void,
  ): Promise<End> {
    const task = this.#tasks[node] as ParallelTask;
    const own = new AbortController();
    const signal = AbortSignal.any([own.signal, this.#controller.signal]);
    let late: Failure | null = null;
    const onLate = () => {
      late = failureOf(timedOut(task));
      onTimeout(late);
      own.abort(abortError(late));
    };
    if (task.timeoutMs !== null) this.#timers.set(node, task.timeoutMs, onLate);
    const context = this.#context(node, { signal, attempt, identity });
    const outcome = await runAttempt(task, context, this.#environment);
    if (task.timeoutMs !== null) this.#timers.clear(node);
    if (late) return { status: "timeout", failure: late };
    return outcome.ok
      ? { status: "completed", value: outcome.value }
      : { status: "failed", failure: outcome.failure };
  }

  #context(
    node: number,
    { signal, attempt, identity }: { signal: AbortSignal; attempt: number; identity: string },
  ): ActionContext {
    const { clock, logger } = this.#environment;
    const { name, parameters, timeoutMs } = this.#tasks[node] as ParallelTask;
    const results = () => this.#resultsFor(node);
    return {
      signal,
      attempt,
      taskId: identity,
      stepName: name,
      idempotencyKey: identity,
      deadline: timeoutMs === null ? null : toDate(clock.now() + timeoutMs),
      parameters,
      get results() {
        return results();
      },
      session: null,
      history: [],
      logger,
      progress: () => {},
    };
  }

  /** Outputs of the tasks that this one depends on, directly or not, by name. */
  #resultsFor(node: number): Record<string, Standing["value"]> {
    if (this.#graph === null) return {};
    const before = reachable(this.#graph.dependencies, [node]);
    return Object.fromEntries(
      before.map((each) => [this.#tasks[each]?.name ?? "", this.#standings[each]?.value ?? null]),
    );
  }

  #ended(node: number, { status, value = null, failure = null }: End): void {
    const { clock } = this.#environment;
    const standing = this.#standings[node] as Standing;
    Object.assign(standing, { status, value, failure, endedAt: clock.now() });
    if (standing.startedAt !== null) standing.durationMs = Math.max(0, clock.monotonic() - standing.beganMs);
  }

  /** Skips what depends on a task that has ended badly, directly or not; each says which failed task is the root of it. */
  #skipDependents(): void {
    if (this.#graph === null) return;
    const { offsets, targets } = this.#graph.dependencies;
    const roots = new Map<number, string>();
    for (const node of this.#graph.layers().order) {
      const standing = this.#standings[node] as Standing;
      if (standing.status !== "pending") continue;
      const before = targets.subarray(offsets[node], offsets[node + 1]);
      const cause = before.find((each) => BROKEN.has((this.#standings[each] as Standing).status));
      if (cause === undefined) continue;
      const dependency = roots.get(cause) ?? this.#tasks[cause]?.name ?? "";
      roots.set(node, dependency);
      const message = `Task '${this.#tasks[node]?.name}' was skipped, because '${dependency}' did not complete`;
      standing.status = "skipped";
      standing.failure = failureOf(new DependencyFailedError(message, { details: { dependency } }));
    }
  }
}

const BROKEN: ReadonlySet<ExecutionStatus> = new Set<ExecutionStatus>(["failed", "timeout", "skipped"]);
