import { compileGraph, DAGValidationError, type Graph, type GraphNode } from "@orch/dag";
import type { Condition } from "./condition.ts";
import { fieldProblems } from "./definition-rules.ts";
import { addUses, type ParameterUse } from "./parameter-use.ts";
import { anyStep, type ReferenceSearch, searchStep } from "./quick-references.ts";
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
  const search: ReferenceSearch = { parameters: uses, found: [], count: 0, hasItem: false };
  const nodes: GraphNode[] = [];
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as WorkflowStep;
    if (fieldProblems(step, index).length > 0) return null;
    if (!searchStep(step, search)) {
      const references = referencesOf(step, conditions[index] ?? null, anyStep);
      addUses(uses, references, { step: step.name, place: `steps[${index}]` });
      search.count = 0;
      for (const { name } of references.steps) search.found[search.count++] = name;
    }
    nodes.push(
      search.count === 0 ? step : { name: step.name, dependencies: union(step.dependencies, search) },
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
function union(listed: readonly string[], { found, count }: ReferenceSearch): readonly string[] {
  if (listed.length + count > SHORT_LIST) return [...new Set([...listed, ...found.slice(0, count)])];
  // As long as it becomes: a list that grows takes several times as much.
  const all = new Array<string>(listed.length + count);
  let length = 0;
  for (let at = 0; at < all.length; at++) {
    const name = (at < listed.length ? listed[at] : found[at - listed.length]) as string;
    if (!isAmong(all, length, name)) all[length++] = name;
  }
  return length === all.length ? all : all.slice(0, length);
}

function isAmong(names: readonly string[], length: number, wanted: string): boolean {
  for (let at = 0; at < length; at++) if (names[at] === wanted) return true;
  return false;
}
