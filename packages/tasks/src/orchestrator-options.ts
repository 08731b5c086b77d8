import type { EventBus } from "@orch/core";
import { needDuration, needOptions, needTexts } from "@orch/core/base";
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

/** Throws INVALID_PARAMETERS unless these are options of an orchestrator. */
export const checkOrchestratorOptions = (options: unknown): void =>
  needOptions("the options of a TaskOrchestrator", options, OPTIONS);

const WAIT_OPTIONS = { timeoutMs: true, taskIds: true } as const satisfies Record<keyof WaitForTasks, true>;

/** What a wait is asked for. Throws INVALID_PARAMETERS. */
export function checkWait(options: WaitForTasks | number): WaitForTasks {
  if (typeof options === "number") return { timeoutMs: needDuration("timeoutMs", options) };
  needOptions("the options of waitForCompletion", options, WAIT_OPTIONS);
  if (options.timeoutMs !== undefined) needDuration("timeoutMs", options.timeoutMs);
  if (options.taskIds !== undefined) needTexts("taskIds", options.taskIds);
  return options;
}
