export { type ActionDescription, describeAction, describeSchema } from "./action-description.ts";
export type { ActionGate, ActionStart } from "./action-gate.ts";
export type { RecoveredTasks } from "./adopter.ts";
export type { WaitingTask } from "./adoption.ts";
export type { BlockedTask } from "./blocked-report.ts";
export { CACHE_TTL_MS, type CacheRule } from "./cache-rule.ts";
export type { Cause, Why } from "./cause.ts";
export type { ConcurrencyOptions } from "./concurrency.ts";
export type { DeadLetter, DeadLetterList } from "./dead-letter.ts";
export type { DeadLetters } from "./dead-letters.ts";
export { builtinRegistry, defaultModuleRegistry, registryOf } from "./default-registry.ts";
export {
  ActionNotFoundError,
  DependencyFailedError,
  ModuleNotFoundError,
  shutDown,
  TaskCancelledError,
  TaskExecutionError,
  TaskNotFoundError,
  TaskTimeoutError,
} from "./errors.ts";
export type { TaskEvent } from "./events.ts";
export { ExecutionResult, type ExecutionResultInit, ExecutionStatus } from "./execution-result.ts";
export { type ExecutionStats, statsOfResults } from "./execution-stats.ts";
export { type Failure, failureOf, type Outcome, type Usage } from "./failure.ts";
export { type Group, makeGroup } from "./group.ts";
export { fence, type Instance, type InstanceRecord, instanceLiveness, readInstance } from "./instance.ts";
export { isGone } from "./instance-liveness.ts";
export type { LeftGroup } from "./left-group.ts";
export { type LiveTask, liveTask, type TaskSpec } from "./live-task.ts";
export {
  type ActionContext,
  type ActionDefinition,
  type ActionHandler,
  action,
  defineModule,
  ISOLATIONS,
  type Isolation,
  type ModuleDefinition,
  type SessionView,
} from "./module.ts";
export {
  type ActionOptions,
  type FindOptions,
  ModuleRegistry,
  type ModuleRegistryOptions,
} from "./module-registry.ts";
export { offerWrite } from "./offer-write.ts";
export type { StopOptions, TaskOrchestratorOptions, WaitForTasks } from "./orchestrator-options.ts";
export {
  type ParallelCallOptions,
  ParallelExecutor,
  type ParallelExecutorOptions,
} from "./parallel-executor.ts";
export { ParallelTask, type ParallelTaskInit } from "./parallel-task.ts";
export { needSmallParameters } from "./parameter-limit.ts";
export type { AttemptContext, AttemptLine, Participant } from "./participant.ts";
export { type Liveness, type ProcessIdentity, type ProcessProbe, systemProbe } from "./process-identity.ts";
export type { ResolvedAction } from "./resolved-action.ts";
export type { ResultCache } from "./result-cache.ts";
export type { TaskRetention } from "./retention.ts";
export { backoffMs, DEFAULT_RETRY, isRetried, type RetryPolicy } from "./retry-policy.ts";
export { type RunTasksOptions, runDag, runTasks } from "./run-tasks.ts";
export type { RunnersOptions } from "./runners.ts";
export { NO_SESSIONS, type SessionPort, sessionContext } from "./session-port.ts";
export { Sweeper, type SweeperInit, type SweepRound } from "./sweeper.ts";
export { Task, type TaskInit } from "./task.ts";
export type { ListTasksOptions, TaskEntry, TaskStanding } from "./task-list.ts";
export { TaskOrchestrator } from "./task-orchestrator.ts";
export { PRIORITY_ORDER, TaskPriority } from "./task-priority.ts";
export { demandOf, TaskResource, waitTimeoutOf } from "./task-resource.ts";
export { TaskResult } from "./task-result.ts";
export { TaskRetry } from "./task-retry.ts";
export { TaskRuntime } from "./task-runtime.ts";
export type { TaskRuntimeOptions } from "./task-runtime-options.ts";
export { isTerminalStatus, TaskStatus, type TerminalStatus } from "./task-status.ts";
export type { Turn } from "./turn.ts";
export { Waiters } from "./waiters.ts";
export { lacksOf, waitingCauses } from "./waiting-causes.ts";
