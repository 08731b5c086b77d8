import { readdirSync } from "node:fs";
import { type Clock, errorMessage, type JsonObject, type OrchestrationError, toIso } from "@orch/core";
import { type ExecutionStats, statsOfResults } from "@orch/tasks";
import { CONTROL_MODULES } from "@orch/workflows";
import type { Composition } from "./compose.ts";
import type { OrchestrationConfig } from "./config.ts";
import type { EventHandlers } from "./event-handlers.ts";
import type { FailureCounts } from "./failure-count.ts";
import {
  type ComponentHealth,
  definitionHealth,
  type HealthStatus,
  loopHealth,
  recommendationsFor,
  worstOf,
} from "./health.ts";

/** What the reports are made from. */
export interface ReportSources {
  readonly config: OrchestrationConfig;
  readonly parts: Composition;
  readonly handlers: EventHandlers;
  readonly failures: FailureCounts;
  readonly clock: Clock;
  /** When the engine was made, on the monotonic clock. */
  readonly startedMs: number;
}

/** How the parts are, and what is wrong: the worst of them is how the whole is. */
export function healthReport(sources: ReportSources): JsonObject {
  const { parts, failures, clock } = sources;
  const closing = closingOf(parts);
  const counts = closing === null ? countsOf(parts) : NOTHING_RUNS;
  const { stats, running, sessions } = counts;
  const components = closing === null ? componentsOf(sources, stats) : closedComponents(closing);
  return {
    timestamp: toIso(clock.now()),
    overall_status: overallOf(components, parts),
    uptime_seconds: uptimeOf(sources),
    components: Object.fromEntries(
      Object.entries(components).map(([name, { status, details }]) => [name, { status, details }]),
    ),
    issues: issuesOf(components, parts),
    error_counts: { ...failures },
    metrics: {
      active_sessions: sessions,
      running_workflows: running,
      running_tasks: stats.running,
      queued_tasks: stats.pending + stats.ready + stats.blocked,
    },
  };
}

/** What is going on here. Counts are of this state directory, uptime is of this process. Throws EXECUTOR_SHUTDOWN. */
export function statusReport(sources: ReportSources): JsonObject {
  needOpen(sources);
  const { config, parts, handlers, clock } = sources;
  const { workflowManager, resourceManager, modules } = parts;
  const { stats, running, byStanding, sessions } = countsOf(parts);
  const components = componentsOf(sources, stats);
  const resources = resourceManager.getResourceUsage();
  const projects = parts.projectManager.getProjectsSummary();
  const workflows = workflowManager.listWorkflowNames().length;
  return {
    timestamp: toIso(clock.now()),
    overall_status: overallOf(components, parts),
    base_dir: config.baseDir,
    uptime_seconds: uptimeOf(sources),
    orchestration_engine: {
      active_sessions: sessions,
      event_handlers: handlers.counts(),
      uptime_seconds: uptimeOf(sources),
    },
    workflow_manager: { total_workflows: workflows, running_workflows: running, executions: byStanding },
    task_orchestrator: { ...stats },
    project_manager: projects,
    resource_manager: resources,
    modules: modules.listModules(),
    control_modules: [...CONTROL_MODULES].sort(),
    performance: performanceOf(parts),
    issues: issuesOf(components, parts),
    recommendations: recommendationsFor(components),
    active_sessions: sessions,
    total_workflows: workflows,
    total_tasks: stats.total_tasks,
    total_projects: projects["total_projects"] ?? 0,
    total_resources: resources["total_resources"] ?? 0,
  };
}

/** Figures for who watches. Throws EXECUTOR_SHUTDOWN. */
export function metricsReport(sources: ReportSources): JsonObject {
  needOpen(sources);
  const { parts, clock } = sources;
  const { stats, running, sessions: active } = countsOf(parts);
  const { events, sessions, workflowManager, resourceManager } = parts;
  const all = sessions.list({ includeClosed: true });
  const byStatus: Record<string, number> = {};
  for (const { status } of all) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const summary = workflowManager.getPerformanceSummary() as unknown as JsonObject;
  return {
    timestamp: toIso(clock.now()),
    uptime_seconds: uptimeOf(sources),
    sessions: { total: all.length, active, by_status: byStatus },
    workflows: { ...summary, total: workflowManager.listWorkflowNames().length, running },
    tasks: { ...stats },
    projects: parts.projectManager.getProjectsSummary(),
    resources: resourceManager.getResourceUsage(),
    events: { emitted: events.emitted, handler_errors: events.handlerErrors },
  };
}

/** What runs in an engine that was shut down. */
const NOTHING_RUNS: Counts = { stats: statsOfResults([]), byStanding: {}, running: 0, sessions: 0 };

/** Why the store is not to be read any more, or null. */
const closingOf = ({ taskOrchestrator }: Composition): OrchestrationError | null =>
  taskOrchestrator.runtime.closing;

function needOpen({ parts }: ReportSources): void {
  const closing = closingOf(parts);
  if (closing !== null) throw closing;
}

function closedComponents({ message }: OrchestrationError): Readonly<Record<string, ComponentHealth>> {
  const closed: ComponentHealth = { status: "unhealthy", details: {}, issues: [] };
  const loop = { ...closed, issues: [message] };
  return {
    workflow_manager: closed,
    task_orchestrator: loop,
    project_manager: closed,
    resource_manager: closed,
  };
}

const uptimeOf = ({ clock, startedMs }: ReportSources): number => (clock.monotonic() - startedMs) / 1000;

/** What there is, in numbers. */
interface Counts {
  readonly stats: ExecutionStats;
  /** Executions as they stand: one whose process is gone is `interrupted`, not `running`. */
  readonly byStanding: Readonly<Record<string, number>>;
  readonly running: number;
  readonly sessions: number;
}

/** Counts what there is now. O(executions) */
function countsOf({ workflowManager, taskOrchestrator, sessions }: Composition): Counts {
  const byStanding: Record<string, number> = {};
  for (const { record } of workflowManager.listExecutions()) {
    const standing = workflowManager.standingOf(record);
    byStanding[standing] = (byStanding[standing] ?? 0) + 1;
  }
  const stats = taskOrchestrator.getExecutionStats();
  return { byStanding, running: byStanding["running"] ?? 0, stats, sessions: sessions.list().length };
}

function performanceOf({ workflowManager }: Composition): JsonObject {
  return workflowManager.performanceMonitor === null
    ? {}
    : (workflowManager.getPerformanceSummary() as unknown as JsonObject);
}

function componentsOf(
  { config, parts }: ReportSources,
  stats: ExecutionStats,
): Readonly<Record<string, ComponentHealth>> {
  const { workflowManager, taskOrchestrator, projectManager, resourceManager } = parts;
  const blocked = taskOrchestrator.getBlockedReport();
  const { runtime } = taskOrchestrator;
  return {
    workflow_manager: definitionHealth({
      directory: config.workflowsDir,
      unreadable: unreadable(config.workflowsDir),
      broken: workflowManager.loadProblems.map(
        ({ file, problems }) =>
          `${file}: ${problems.map(({ path, message }) => `${path} ${message}`.trim()).join("; ")}`,
      ),
      workflows: workflowManager.listWorkflowNames().length,
    }),
    task_orchestrator: loopHealth({
      stats,
      isStopped: runtime.scheduler.stopped,
      error: runtime.error?.message ?? null,
      deadlocked: blocked.filter(({ reason }) => reason === "cycle" || reason === "missing_dependency")
        .length,
    }),
    project_manager: projectManager.healthCheck() as ComponentHealth,
    resource_manager: resourceHealth(resourceManager.healthCheck()),
  };
}

/** A directory that is not there has no definitions, which is no fault. */
function unreadable(directory: string): string | null {
  try {
    readdirSync(directory);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : errorMessage(error);
  }
}

function resourceHealth({ overall_status, issues, resources }: JsonObject): ComponentHealth {
  const all = Object.keys(resources as JsonObject).length;
  return {
    status: overall_status as HealthStatus,
    details: { resources: all },
    issues: issues as string[],
  };
}

function overallOf(
  components: Readonly<Record<string, ComponentHealth>>,
  { stateNote }: Composition,
): HealthStatus {
  const worst = worstOf(Object.values(components).map(({ status }) => status));
  return stateNote === null ? worst : worstOf([worst, "degraded"]);
}

const issuesOf = (
  components: Readonly<Record<string, ComponentHealth>>,
  { stateNote }: Composition,
): string[] => [
  ...(stateNote === null ? [] : [stateNote]),
  ...Object.values(components).flatMap(({ issues }) => issues),
];
