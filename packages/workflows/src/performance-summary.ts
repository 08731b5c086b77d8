import { isObject, type JsonObject, type StoreReader } from "@orch/core";
import { isTerminalStatus } from "@orch/tasks";
import { type ExecutionEntry, keys } from "./execution-record.ts";
import { type Durations, durationsOf } from "./percentile.ts";

/** How often something ran, how often it went well, and how long it took. */
export interface PerformanceUsage {
  readonly count: number;
  readonly failed: number;
  readonly execution_time: Durations;
}

/** How the newer half of the executions compares with the older one. */
export interface PerformanceTrend {
  /** Seconds. */
  readonly earlier_average: number;
  readonly recent_average: number;
  /** `recent / earlier - 1`: 0.1 is 10 % slower; null without executions to compare. */
  readonly change: number | null;
}

/** How executions went: {@link WorkflowManager.getPerformanceSummary}. */
export interface PerformanceSummary {
  readonly performance_stats: Readonly<Record<string, PerformanceUsage>>;
  readonly total_workflows_executed: number;
  readonly successful_executions: number;
  readonly failed_executions: number;
  /** Completed out of those that completed or failed, 0 to 1; 1 when none has. */
  readonly success_rate: number;
  /** Seconds. */
  readonly average_execution_time: number;
  readonly module_usage_stats: Readonly<Record<string, PerformanceUsage & { readonly total_time: number }>>;
  /** By `workflow/step`. */
  readonly step_stats: Readonly<Record<string, PerformanceUsage>>;
  readonly trend: PerformanceTrend;
}

/** Durations by name, milliseconds, and how many of them ended badly. */
class Tally {
  readonly #rows = new Map<string, { readonly ms: number[]; failed: number }>();

  add(name: string, ms: number, ok: boolean): void {
    const row = this.#rows.get(name) ?? { ms: [], failed: 0 };
    row.ms.push(ms);
    if (!ok) row.failed++;
    this.#rows.set(name, row);
  }

  usage(): Record<string, PerformanceUsage> {
    const rows = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      rows.map(([name, { ms, failed }]) => [
        name,
        { count: ms.length, failed, execution_time: durationsOf(ms) },
      ]),
    );
  }
}

/** What executions that have ended, newest first, say of workflows, steps and modules. O(their steps). */
export function summarizeExecutions(
  executions: readonly ExecutionEntry[],
  store: StoreReader,
): PerformanceSummary {
  const ended = executions.filter(({ record }) => record.ended_at !== null);
  const [workflows, steps, modules] = [new Tally(), new Tally(), new Tally()];
  for (const { id, record } of ended) {
    const name = record.workflow_name;
    workflows.add(name, msOf({ id, record }), record.status === "completed");
    const moduleOf = modulesOf(store.get(keys.definition(id)));
    for (const [step, ms, ok] of stepsOf(id, store)) {
      steps.add(`${name}/${step}`, ms, ok);
      modules.add(moduleOf.get(step) ?? "", ms, ok);
    }
  }
  const count = (status: string) => ended.filter(({ record }) => record.status === status).length;
  const [successful, failed] = [count("completed"), count("failed")];
  const times = ended.map(msOf);
  const usage = Object.entries(modules.usage());
  return {
    performance_stats: workflows.usage(),
    total_workflows_executed: ended.length,
    successful_executions: successful,
    failed_executions: failed,
    success_rate: successful + failed === 0 ? 1 : successful / (successful + failed),
    average_execution_time: average(times),
    module_usage_stats: Object.fromEntries(
      usage.map(([name, each]) => [name, { ...each, total_time: each.execution_time.total }]),
    ),
    step_stats: steps.usage(),
    trend: trendOf(times),
  };
}

const msOf = ({ record }: ExecutionEntry): number =>
  Math.max(0, (record.ended_at ?? record.started_at) - record.started_at);

const average = (ms: readonly number[]): number =>
  ms.length === 0 ? 0 : ms.reduce((sum, each) => sum + each, 0) / ms.length / 1000;

/** `ms` are the newest first. */
function trendOf(ms: readonly number[]): PerformanceTrend {
  const half = Math.floor(ms.length / 2);
  const [recent, earlier] = [average(ms.slice(0, half)), average(ms.slice(ms.length - half))];
  return {
    earlier_average: earlier,
    recent_average: recent,
    change: half === 0 || earlier === 0 ? null : recent / earlier - 1,
  };
}

/** Name, milliseconds and outcome of the steps that have run and ended. */
function stepsOf(id: string, store: StoreReader): [string, number, boolean][] {
  const prefix = keys.steps(id);
  return store.list(prefix).flatMap(([key, value]): [string, number, boolean][] => {
    const { status, attempt, execution_ms } = value as {
      status: "failed";
      attempt: number;
      execution_ms: number;
    };
    if (!isTerminalStatus(status) || attempt === 0) return [];
    return [[key.slice(prefix.length), execution_ms, (status as string) === "completed"]];
  });
}

function modulesOf(definition: unknown): ReadonlyMap<string, string> {
  const steps = isObject(definition) && Array.isArray(definition["steps"]) ? definition["steps"] : [];
  return new Map((steps as JsonObject[]).map(({ name, module }) => [String(name), String(module)]));
}
