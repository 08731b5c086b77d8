import type { EventBus } from "@orch/core";
import { needDuration, needOptions, needPort, needTexts, readArgument, wrongArgument } from "@orch/core/base";
import type { ResourceManager } from "@orch/resources";
import type { ConcurrencyOptions } from "./concurrency.ts";
import type { TaskEvent } from "./events.ts";
import type { TaskRetention } from "./retention.ts";
import { RUNTIME_OPTIONS, type TaskRuntimeOptions } from "./task-runtime-options.ts";

/** Options of a `TaskOrchestrator`. */
export interface TaskOrchestratorOptions extends TaskRuntimeOptions, ConcurrencyOptions {
  /** Whose resources tasks use; it takes the place of `ledger` and `shared`, and is to be made with the same store. */
  readonly resourceManager?: ResourceManager;
  /** Where it is told what happens to tasks. @default a bus of its own */
  readonly events?: EventBus<TaskEvent>;
  /** Whether results are cached of tasks that do not say it themselves. @default false */
  readonly cache?: boolean;
  /**
   * How long tasks that have ended are kept, in memory and on disk; a number is that of those in memory. With a store on
   * disk those that left memory are read from there; with a memory store they are gone.
   * @default the last 10000 where memory is the store; else 1000 in memory, and on disk 30 days, at most 10000
   */
  readonly retention?: number | TaskRetention;
}

/** What `TaskOrchestrator.waitForCompletion` waits for, and how long. */
export interface WaitForTasks {
  /** @default for ever */
  readonly timeoutMs?: number;
  /** @default all tasks that were added so far */
  readonly taskIds?: readonly string[];
}

const OPTIONS = {
  ...RUNTIME_OPTIONS,
  mode: true,
  maxPerSession: true,
  maxPerKey: true,
  resourceManager: true,
  events: true,
  cache: true,
  retention: true,
} as const satisfies Record<keyof TaskOrchestratorOptions, true>;

/** A copy of `given`, with the parts checked that only an orchestrator has. Throws INVALID_PARAMETERS. */
export function readOrchestratorOptions(given: TaskOrchestratorOptions): TaskOrchestratorOptions {
  const what = "the options of a TaskOrchestrator";
  needOptions(what, given, OPTIONS);
  const options = readArgument(what, () => ({ ...given }));
  const { resourceManager, events, cache } = options;
  if (resourceManager !== undefined)
    needPort<ResourceManager>("resourceManager", "a resource manager", resourceManager, [
      "onFreed",
      "notifyFreed",
    ]);
  if (events !== undefined)
    needPort<EventBus<TaskEvent>>("events", "an event bus", events, ["emit", "hasListeners"]);
  if (cache !== undefined && typeof cache !== "boolean") throw wrongArgument("cache", "true or false", cache);
  return options;
}

const WAIT_OPTIONS = { timeoutMs: true, taskIds: true } as const satisfies Record<keyof WaitForTasks, true>;

/** How `TaskOrchestrator.stopExecution` ends what runs. */
export interface StopOptions {
  /** How long running work is waited for before it is cancelled, milliseconds. @default 5000 */
  readonly timeoutMs?: number;
}

const STOP_OPTIONS = { timeoutMs: true } as const satisfies Record<keyof StopOptions, true>;

/** How long a stop waits for running work by default. */
const STOP_MS = 5000;

/** How long a stop is to wait for running work. Throws INVALID_PARAMETERS. */
export function checkStop(options: StopOptions): number {
  needOptions("the options of stopExecution", options, STOP_OPTIONS);
  const { timeoutMs = STOP_MS } = options;
  return needDuration("timeoutMs", timeoutMs);
}

/** What a wait is asked for. Throws INVALID_PARAMETERS. */
export function checkWait(options: WaitForTasks | number): WaitForTasks {
  if (typeof options === "number") return { timeoutMs: needDuration("timeoutMs", options) };
  needOptions("the options of waitForCompletion", options, WAIT_OPTIONS);
  if (options.timeoutMs !== undefined) needDuration("timeoutMs", options.timeoutMs);
  if (options.taskIds !== undefined) needTexts("taskIds", options.taskIds);
  return options;
}
