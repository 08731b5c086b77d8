import type { CompiledWorkflow } from "./compiled-workflow.ts";

/** A workflow in a listing. */
export interface WorkflowSummary {
  readonly steps: number;
  /** Names, each once, in order of appearance. */
  readonly modules: string[];
  /** Seconds: the time limits of the steps added up, 60 where a step has none. */
  readonly estimated_duration: number;
  /** Whether any step waits for another; dependencies that follow from references count. */
  readonly has_dependencies: boolean;
  /** ISO-8601, or null when nobody knows. */
  readonly created_time: string | null;
  readonly description: string;
}

const ASSUMED_SECONDS = 60;

/** What a listing says of a workflow. */
export function summarizeWorkflow(
  { steps, graph, workflow }: CompiledWorkflow,
  createdTime: string | null,
): WorkflowSummary {
  return {
    steps: steps.length,
    modules: [...new Set(steps.map(({ module }) => module))],
    estimated_duration: steps.reduce(
      (sum, { timeoutMs }) => sum + (timeoutMs === null ? ASSUMED_SECONDS : timeoutMs / 1000),
      0,
    ),
    has_dependencies: graph.edgeCount > 0,
    created_time: createdTime,
    description: workflow.description,
  };
}
