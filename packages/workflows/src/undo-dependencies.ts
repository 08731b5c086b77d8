import type { Graph } from "@orch/dag";
import type { DraftWorkflow } from "./compiled-workflow.ts";
import type { StepReference } from "./step-references.ts";
import { ownReferences, undoReferences } from "./step-references.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** How many edges are looked at for each step of the definition, all undos together. */
const MOST_EDGES = 16;

/**
 * Tells for a step what its undo refers to that the step waits for on account of this alone: it would start sooner
 * without. What it waits for through others it depends on. O(edges), bounded for all steps together: behind that only
 * what a step says itself is looked at, and nothing is told that is not so.
 */
export function undoDependencies({
  steps,
  conditions,
  graph,
}: DraftWorkflow): (index: number) => StepReference[] {
  const names = new Set(steps.map(({ name }) => name));
  const isStep = (name: string) => names.has(name);
  const budget = { edges: MOST_EDGES * steps.length };
  return (index) => {
    const step = steps[index] as WorkflowStep;
    const wanted = undoReferences(step, isStep).steps.filter(({ name }) => isStep(name));
    if (wanted.length === 0 || graph === null) return [];
    const own = ownReferences(step, conditions[index] ?? null, isStep).steps.map(({ name }) => name);
    const direct = new Set([...step.dependencies, ...own]);
    const others = wanted.filter(({ name }, at) => {
      const isFirst = wanted.findIndex((each) => each.name === name) === at;
      return isFirst && !direct.has(name);
    });
    if (others.length === 0) return [];
    const above = ancestors(
      [...direct].map((name) => graph.indexOf(name)),
      graph,
      budget,
    );
    return above === null ? [] : others.filter(({ name }) => !above.has(graph.indexOf(name)));
  };
}

/** All that `nodes` wait for, themselves included; null where it would cost more than is left. */
function ancestors(
  nodes: readonly number[],
  graph: Graph,
  budget: { edges: number },
): ReadonlySet<number> | null {
  const { offsets, targets } = graph.dependencies;
  const found = new Set(nodes.filter((node) => node >= 0));
  for (const node of found) {
    for (let edge = offsets[node] ?? 0; edge < (offsets[node + 1] ?? 0); edge++) {
      if (budget.edges-- <= 0) return null;
      found.add(targets[edge] as number);
    }
  }
  return found;
}
