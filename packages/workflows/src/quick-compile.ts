import { compileGraph, DAGValidationError, type Graph, type GraphNode } from "@orch/dag";
import type { Condition } from "./condition.ts";
import { fieldProblems } from "./definition-rules.ts";
import { addUses, type ParameterUse } from "./parameter-use.ts";
import { addReferences, anyStep } from "./quick-references.ts";
import { outputReferences, referencesOf } from "./step-references.ts";
import type { Workflow } from "./workflow.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** What the steps of a sound workflow come to. */
export interface QuickCompilation {
  readonly graph: Graph;
  readonly parameterNames: ReadonlyMap<string, ParameterUse>;
}

/**
 * Compiles the steps of a workflow that has no problem, as most have none, in one pass: every name that can be one of a
 * step is taken for one, and the graph tells whether they all are. Null where anything is wrong or cannot be told so:
 * `checkSteps` says what. O(steps + edges + text).
 */
export function compileQuickly(
  workflow: Workflow,
  conditions: readonly (Condition | null)[],
): QuickCompilation | null {
  const { steps } = workflow;
  const uses = new Map<string, ParameterUse>();
  const nodes: GraphNode[] = [];
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as WorkflowStep;
    if (fieldProblems(step, index).length > 0) return null;
    const found: string[] = [];
    if (!addReferences(step, uses, found)) {
      const references = referencesOf(step, conditions[index] ?? null, anyStep);
      addUses(uses, references, { step: step.name, place: `steps[${index}]` });
      found.length = 0;
      for (const { name } of references.steps) found.push(name);
    }
    nodes.push(
      found.length === 0 ? step : { name: step.name, dependencies: union(step.dependencies, found) },
    );
  }
  const graph = soundGraph(nodes);
  if (graph === null) return null;
  const outputs = outputReferences(workflow.outputs, (name) => graph.indexOf(name) >= 0);
  if (outputs.steps.some(({ name }) => graph.indexOf(name) < 0)) return null;
  addUses(uses, outputs, { step: "outputs", place: "outputs" });
  return { graph, parameterNames: uses };
}

function soundGraph(nodes: readonly GraphNode[]): Graph | null {
  try {
    return compileGraph(nodes);
  } catch (error) {
    if (error instanceof DAGValidationError) return null;
    throw error;
  }
}

/** Up to this length it costs less to look back for a repetition than to make a set. */
const SHORT_LIST = 16;

/** All names, each once, in their order. */
function union(listed: readonly string[], found: readonly string[]): readonly string[] {
  if (listed.length + found.length > SHORT_LIST) return [...new Set([...listed, ...found])];
  const all = listed.length === 0 ? [] : [...listed];
  for (const name of found) if (!all.includes(name)) all.push(name);
  return all;
}
