import { type DraftWorkflow, dependentsOf } from "./compiled-workflow.ts";
import type { DefinitionProblem } from "./definition-problem.ts";

/** Steps that wait for one that never runs. O(steps + edges). */
export function unreachableSteps({ steps, conditions, graph }: DraftWorkflow): DefinitionProblem[] {
  if (graph === null) return [];
  const never: number[] = [];
  for (let node = 0; node < steps.length; node++)
    if (conditions[node]?.constant === false && steps[node]?.required !== false) never.push(node);
  const cause = new Map(never.map((node) => [node, node]));
  for (const node of never) {
    for (const next of dependentsOf({ graph }, node)) {
      if (cause.has(next)) continue;
      cause.set(next, cause.get(node) ?? node);
      // One that is not required does not hold up what needs it.
      if (steps[next]?.required !== false) never.push(next);
    }
  }
  return [...cause]
    .filter(([node, from]) => node !== from)
    .map(([node, from]) => {
      const message = `Step '${steps[node]?.name}' can never run: it waits for '${steps[from]?.name}', whose condition is always false`;
      return { code: "UNREACHABLE_STEP", path: `steps[${node}]`, message };
    });
}
