import { criticalPath } from "@orch/dag";
import type { CompiledWorkflow } from "@orch/workflows";

/** When a step ran: milliseconds since the start of the run. A step that ran in several attempts spans all of them. */
export interface StepSpan {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: string;
}

/** What a run took, and why. */
export interface RunSummary {
  readonly durationMs: number;
  /** Time in steps, all together. */
  readonly busyMs: number;
  /** Steps that ran at the same time, on average over the run. */
  readonly parallelism: number;
  /** The chain of steps that took longest: no amount of parallel work makes the run shorter. */
  readonly criticalPath: readonly string[];
  readonly criticalPathMs: number;
}

/** Sums up the spans of a run. Steps that never ran count as taking no time. O(steps + edges). */
export function summarizeRun(
  { graph }: CompiledWorkflow,
  spans: readonly StepSpan[],
  durationMs: number,
): RunSummary {
  const took = new Map(spans.map(({ name, startMs, endMs }) => [name, Math.max(0, endMs - startMs)]));
  const busyMs = [...took.values()].reduce((sum, each) => sum + each, 0);
  const { path, length } = criticalPath(graph, { weight: (name) => took.get(name) ?? 0 });
  return {
    durationMs,
    busyMs,
    parallelism: durationMs > 0 ? busyMs / durationMs : 0,
    criticalPath: path.filter((name) => took.has(name)),
    criticalPathMs: length,
  };
}
