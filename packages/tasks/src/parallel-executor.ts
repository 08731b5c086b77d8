import {
  type Clock,
  didYouMean,
  isObject,
  type Logger,
  nearestNames,
  noopLogger,
  OrchestrationError,
  systemClock,
} from "@orch/core";
import {
  needArray,
  needCount,
  needObject,
  needOptions,
  needSignal,
  needTexts,
  readArgument,
  wrongArgument,
} from "@orch/core/base";
import { compileGraph, DAGValidationError, Frontier } from "@orch/dag";
import { Semaphore } from "@orch/resources";
import { registryOf } from "./default-registry.ts";
import { TaskCancelledError, TaskTimeoutError } from "./errors.ts";
import type { ExecutionResult } from "./execution-result.ts";
import { failureOf } from "./failure.ts";
import { CountingFeed, type Feed, GraphFeed, LevelFeed } from "./feed.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import { ParallelRun, type RunEnvironment } from "./parallel-run.ts";
import { ParallelTask, type ParallelTaskInit } from "./parallel-task.ts";
import { Runners, type RunnersOptions } from "./runners.ts";
import { PRIORITY_ORDER } from "./task-priority.ts";

/** Options of a {@link ParallelExecutor}. */
export interface ParallelExecutorOptions {
  /** Tasks whose code runs at once, all calls together; a whole number from 1. @default 4 */
  readonly maxWorkers?: number;
  /** How long a call may take. @default 300,000 */
  readonly timeoutMs?: number;
  /** @default the files of `config/modules` in the base directory, over `defaultModuleRegistry` */
  readonly modules?: ModuleRegistry;
  readonly clock?: Clock;
  /** Uniform in [0, 1): the jitter of retries. */
  readonly random?: () => number;
  /** What actions log to. */
  readonly logger?: Logger;
  /** How many threads, how much memory: of attempts that do not run inline. */
  readonly runners?: RunnersOptions;
}

/** Options of one call. */
export interface ParallelCallOptions {
  /** How long the call may take. @default that of the executor */
  readonly timeoutMs?: number;
  /** Aborted: the call ends at once, its unfinished tasks `cancelled`. */
  readonly signal?: AbortSignal;
}

/**
 * Runs tasks and what depends on them, in this process and without records: for work that is simply done again when the
 * process dies. A call ends when all of its tasks have ended, when its time is over or when its signal aborts; the latter two
 * end it at once, whatever the code does. Code that goes on after it was told to stop keeps its worker until it has ended; a
 * task with a retry left waits ten seconds for that (twice `runners.cancelGraceMs`), then it ends without another attempt.
 * Within a call the most urgent ready task starts first, first in, first out within a level.
 */
export class ParallelExecutor {
  readonly maxWorkers: number;
  readonly timeoutMs: number;
  readonly #environment: RunEnvironment;
  readonly #runners: Runners;
  readonly #runs = new Map<ParallelRun, Promise<unknown>>();
  #shutDown: Promise<void> | null = null;

  /** Throws INVALID_PARAMETERS for options that are none. */
  constructor(options: ParallelExecutorOptions = {}) {
    needOptions("the options of a ParallelExecutor", options, OPTIONS);
    const { maxWorkers = 4, timeoutMs = 300_000, clock = systemClock } = options;
    this.maxWorkers = needCount("maxWorkers", maxWorkers);
    this.timeoutMs = checkTimeout(timeoutMs);
    this.#runners = new Runners(options.runners, clock);
    this.#environment = {
      registry: options.modules ?? registryOf(),
      runners: this.#runners,
      workers: new Semaphore(maxWorkers),
      maxWorkers,
      clock,
      random: options.random ?? Math.random,
      logger: options.logger ?? noopLogger,
      stopGraceMs: this.#runners.stopGraceMs,
    };
  }

  /** Whether {@link shutdown} was called. */
  get isShutdown(): boolean {
    return this.#shutDown !== null;
  }

  /**
   * Runs tasks, each after what it depends on: what it says itself and what `dependencies`, a plain object, says of its
   * name. Resolves to the results by name, of all tasks and however they ended; the dependents of one that did not complete
   * are `skipped`. Rejects before anything runs with INVALID_PARAMETERS for a bad task, DAG_CYCLE, DAG_INVALID (unknown and
   * repeated names) and EXECUTOR_SHUTDOWN.
   */
  async executeTasks(
    tasks: readonly (ParallelTask | ParallelTaskInit)[],
    dependencies: Readonly<Record<string, readonly string[]>> = {},
    options: ParallelCallOptions = {},
  ): Promise<Record<string, ExecutionResult>> {
    this.#refuseShutDown();
    const known = checkTasks(tasks);
    const names = new Set(known.map(({ name }) => name));
    needDependencies(dependencies);
    const unknown = Object.keys(dependencies).find((name) => !names.has(name));
    if (unknown !== undefined) throw unknownTask(unknown, [...names]);
    const graph = compileGraph(
      known.map(({ name, dependencies: own }) => ({
        name,
        dependencies: Object.hasOwn(dependencies, name) ? [...own, ...(dependencies[name] ?? [])] : own,
      })),
    );
    const run = new ParallelRun(known, graph, this.#environment);
    const feed = new GraphFeed(new Frontier(graph), levelOf(known), (node) => run.completed(node));
    const results = await this.#run(run, feed, options);
    return Object.fromEntries(results.map((result) => [result.taskName, result]));
  }

  /**
   * Runs tasks without regard to dependencies and resolves to their results in the same order. Rejects with
   * INVALID_PARAMETERS for a bad task and with EXECUTOR_SHUTDOWN.
   */
  async executeTaskGroup(
    tasks: readonly (ParallelTask | ParallelTaskInit)[],
    options: ParallelCallOptions = {},
  ): Promise<ExecutionResult[]> {
    this.#refuseShutDown();
    const known = checkTasks(tasks);
    return this.#run(new ParallelRun(known, null, this.#environment), feedOf(known), options);
  }

  /** Whether all that a task depends on is in `completed`. Throws INVALID_PARAMETERS. */
  waitForDependencies(
    task: { readonly dependencies?: readonly string[] },
    completed: ReadonlySet<string>,
  ): boolean {
    if (!isObject(task)) throw wrongArgument("task", "a task", task);
    if (!(completed instanceof Set)) throw wrongArgument("completed", "a Set of names", completed);
    const { dependencies = [] } = task;
    return needTexts("dependencies", dependencies).every((name) => completed.has(name));
  }

  /**
   * Refuses new calls. Waits for those that are under way; with `wait` false it ends them, their unfinished tasks
   * `cancelled`. Ends the threads. A second time is fine.
   */
  async shutdown(wait = true): Promise<void> {
    if (!wait) this.#cancelAll();
    this.#shutDown ??= this.#close();
    await this.#shutDown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #run(run: ParallelRun, feed: Feed, options: ParallelCallOptions): Promise<ExecutionResult[]> {
    needOptions("the options of a call", options, CALL_OPTIONS);
    const { timeoutMs = this.timeoutMs, signal } = options;
    checkTimeout(timeoutMs);
    needSignal("signal", signal);
    const onAbort = () => run.stop("cancelled", failureOf(signal?.reason));
    const onTimeout = () => run.stop("timeout", failureOf(overallTimeout(timeoutMs)));
    const stopTimer = this.#environment.clock.setTimer(onTimeout, timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      const results = run.run(feed);
      this.#runs.set(run, results);
      return await results;
    } finally {
      this.#runs.delete(run);
      stopTimer();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #cancelAll(): void {
    const reason = failureOf(new TaskCancelledError("Cancelled, because the executor was shut down"));
    for (const run of this.#runs.keys()) run.stop("cancelled", reason);
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#runs.values());
    await this.#runners.close();
  }

  #refuseShutDown(): void {
    if (!this.isShutdown) return;
    throw new OrchestrationError("The executor was shut down: it runs nothing any more", {
      code: "EXECUTOR_SHUTDOWN",
      retryable: false,
      suggestions: ["Make a new executor."],
    });
  }
}

const OPTIONS = {
  maxWorkers: true,
  timeoutMs: true,
  modules: true,
  clock: true,
  random: true,
  logger: true,
  runners: true,
} as const satisfies Record<keyof ParallelExecutorOptions, true>;
const CALL_OPTIONS = { timeoutMs: true, signal: true } as const satisfies Record<
  keyof ParallelCallOptions,
  true
>;

function checkTasks(tasks: readonly (ParallelTask | ParallelTaskInit)[]): ParallelTask[] {
  needArray("tasks", tasks);
  return tasks.map((task) => ParallelTask.from(task));
}

/** Of a map or a list no entry would be seen: the tasks would run as if nothing depended on anything. */
function needDependencies(dependencies: unknown): void {
  const given = needObject("dependencies", dependencies);
  if (readArgument("dependencies", () => Symbol.iterator in given))
    throw wrongArgument("dependencies", "a plain object, of names and lists of names", dependencies, {
      suggestions: ['Give { b: ["a"] }; a Map as Object.fromEntries(map).'],
    });
  const entries = readArgument("dependencies", () => Object.entries(given));
  for (const [name, names] of entries) needTexts(`dependencies.${name}`, names);
}

/** The level of each task, or null when all are alike. */
function levelOf(tasks: readonly ParallelTask[]): ((node: number) => number) | null {
  const levels = tasks.map(({ priority }) => PRIORITY_ORDER[priority]);
  return levels.every((level) => level === levels[0]) ? null : (node) => levels[node] ?? 0;
}

function feedOf(tasks: readonly ParallelTask[]): Feed {
  const level = levelOf(tasks);
  if (level === null) return new CountingFeed(tasks.length);
  const feed = new LevelFeed(level);
  for (const node of tasks.keys()) feed.push(node);
  return feed;
}

/** Somebody said what a task depends on that is not there. */
function unknownTask(task: string, names: readonly string[]): DAGValidationError {
  const near = nearestNames(task, names);
  return new DAGValidationError(`Dependencies are given for '${task}', which is no task of the call`, {
    details: { task, near },
    suggestions: [...didYouMean(near), "Add the task, or leave its dependencies out."],
  });
}

function checkTimeout(timeoutMs: number): number {
  if (typeof timeoutMs === "number" && timeoutMs > 0) return timeoutMs;
  throw wrongArgument("timeoutMs", "a number above 0", timeoutMs);
}

const overallTimeout = (timeoutMs: number): TaskTimeoutError =>
  new TaskTimeoutError(`The call timed out after ${timeoutMs / 1000} seconds`, {
    details: { timeout_ms: timeoutMs },
    suggestions: ["Give the call more time, or make the actions stop when their signal is aborted."],
  });
