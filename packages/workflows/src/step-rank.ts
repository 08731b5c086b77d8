import { PRIORITY_ORDER } from "@orch/tasks";
import type { Run } from "./run.ts";

/** The order in which ready steps start: topological, by definition, or by priority and then by definition. */
export function rankOf(
  { compiled }: Run,
  mode: "sequential" | "parallel" | "priority",
): (node: number) => number {
  if (mode === "parallel") return (node) => node;
  const { steps, graph } = compiled;
  if (mode === "priority")
    return (node) => priorityOf(compiled.workflow.priority, steps[node]?.priority) * graph.size + node;
  const position = new Int32Array(graph.size);
  for (const [at, node] of graph.layers().order.entries()) position[node] = at;
  return (node) => position[node] ?? 0;
}

/** The urgency of a step, 0 the most urgent: its own, or that of the workflow where it says nothing. */
export const priorityOf = (
  workflow: keyof typeof PRIORITY_ORDER,
  step: keyof typeof PRIORITY_ORDER = "normal",
): number => PRIORITY_ORDER[step === "normal" ? workflow : step];
