import type { JsonObject } from "@orch/core";
import type { ExecutionStats } from "@orch/tasks";

/** How well something is. */
export const HealthStatus = { HEALTHY: "healthy", DEGRADED: "degraded", UNHEALTHY: "unhealthy" } as const;
/** One of healthy, degraded, unhealthy. */
export type HealthStatus = (typeof HealthStatus)[keyof typeof HealthStatus];

/** How one part is, and why. */
export interface ComponentHealth {
  readonly status: HealthStatus;
  readonly details: JsonObject;
  /** Sentences. */
  readonly issues: readonly string[];
}

const RANK: readonly HealthStatus[] = ["healthy", "degraded", "unhealthy"];
const rankOf = (status: HealthStatus): number => RANK.indexOf(status);

/** The worst of several. */
export const worstOf = (statuses: readonly HealthStatus[]): HealthStatus =>
  statuses.reduce((worst, each) => (rankOf(each) > rankOf(worst) ? each : worst), HealthStatus.HEALTHY);

/** From so many tasks that have ended on, how many of them went well says something. */
const ENOUGH = 10;
/** Fewer of them than this share: something is wrong. */
const LEAST_SUCCESS = 0.5;

/** What the health of definitions depends on. */
export interface DefinitionFacts {
  readonly directory: string | null;
  /** Why the directory cannot be read, or null. */
  readonly unreadable: string | null;
  /** A sentence for each file that cannot be used. */
  readonly broken: readonly string[];
  readonly workflows: number;
}

/** How the definitions are: a directory that cannot be read is worse than files that cannot. */
export function definitionHealth({
  directory,
  unreadable,
  broken,
  workflows,
}: DefinitionFacts): ComponentHealth {
  const details = { directory, workflows, load_problems: broken.length };
  if (unreadable !== null)
    return {
      status: "unhealthy",
      details,
      issues: [`The workflow directory ${directory} cannot be read: ${unreadable}`],
    };
  return { status: broken.length > 0 ? "degraded" : "healthy", details, issues: broken };
}

/** What the health of the loop depends on. */
export interface LoopFacts {
  readonly stats: ExecutionStats;
  /** Nothing is started any more until somebody says so. */
  readonly isStopped: boolean;
  /** Why the loop has ended, or null. */
  readonly error: string | null;
  /** Tasks that wait for what never comes. */
  readonly deadlocked: number;
}

/** How the task loop is. */
export function loopHealth({ stats, isStopped, error, deadlocked }: LoopFacts): ComponentHealth {
  const waiting = stats.pending + stats.ready + stats.blocked;
  const judged = stats.completed + stats.failed + stats.timeout;
  const details = { running: stats.running, waiting, deadlocked, success_rate: stats.success_rate };
  if (error !== null) return { status: "unhealthy", details, issues: [`The task loop has ended: ${error}`] };
  const issues = [
    ...(isStopped && waiting > 0 ? [`${waiting} tasks wait, and the task loop is stopped`] : []),
    ...(deadlocked > 0 ? [`${deadlocked} tasks are blocked for ever`] : []),
    ...(judged >= ENOUGH && stats.success_rate < LEAST_SUCCESS
      ? [`Only ${stats.completed} of ${judged} tasks have succeeded`]
      : []),
  ];
  return { status: issues.length > 0 ? "degraded" : "healthy", details, issues };
}

const RECOMMENDATIONS: Readonly<Record<string, string>> = {
  workflow_manager:
    "Correct or remove the definition files that cannot be used; 'orch workflow list' names them.",
  task_orchestrator: "Ask why(task) of a task that waits, and cancel what can never run.",
  resource_manager:
    "See who holds what with getResourceUsage, give back what is not needed, or add resources.",
  project_manager: "Make the directory of projects writable, and correct project files that cannot be read.",
};

/** What to do about parts that are not healthy, one sentence each. */
export const recommendationsFor = (components: Readonly<Record<string, ComponentHealth>>): string[] =>
  Object.entries(components)
    .filter(([, { status }]) => status !== "healthy")
    .flatMap(([name]) => RECOMMENDATIONS[name] ?? []);
