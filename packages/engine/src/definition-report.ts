import { errorMessage, type JsonObject } from "@orch/core";
import { executionLevels, toMermaid } from "@orch/dag";
import { describeRefusal } from "@orch/resources";
import type { ModuleRegistry } from "@orch/tasks";
import {
  type CheckContext,
  type CompiledWorkflow,
  checkWorkflow,
  type DefinitionProblem,
  outlineDiagram,
  outlineWorkflow,
  readDefinitionText,
  type WorkflowManager,
} from "@orch/workflows";

/** What is known of a definition without running or loading anything. */
export interface DefinitionReport {
  readonly valid: boolean;
  /** Why it cannot be run. */
  readonly problems: readonly DefinitionProblem[];
  /** What will probably not do what it says. */
  readonly warnings: readonly DefinitionProblem[];
  /** The names of its steps, those that can run together in one list; null where there is no order. */
  readonly levels: readonly (readonly string[])[] | null;
  /** A Mermaid graph; null where there is none. */
  readonly diagram: string | null;
}

/** A workflow that is known by name, as it is written, in its order and as a graph. */
export interface WorkflowReport {
  readonly definition: JsonObject;
  readonly levels: readonly (readonly string[])[];
  readonly diagram: string;
}

type Find = (name: string) => CompiledWorkflow | null;

/** Checks a definition against what there is. Runs, stores and loads nothing. */
export function reportDefinition(
  definition: JsonObject,
  context: CheckContext,
  find: Find,
): DefinitionReport {
  const { compiled, draft, problems } = readDefinitionText(JSON.stringify(definition), "workflow.json");
  const places = new Set(problems.map(({ path }) => path));
  const warnings =
    draft === null ? [] : checkWorkflow(draft, context).filter(({ path }) => !places.has(path));
  const valid = compiled !== null;
  return {
    valid,
    problems,
    warnings,
    ...(compiled ? orderOf(compiled, find) : { levels: null, diagram: null }),
  };
}

/** What there is to see of a workflow. */
export const reportWorkflow = (compiled: CompiledWorkflow, find: Find): WorkflowReport => ({
  definition: compiled.workflow.toDict(),
  ...orderOf(compiled, find),
});

const orderOf = (compiled: CompiledWorkflow, find: Find) => ({
  levels: executionLevels(compiled.graph),
  diagram: toMermaid(outlineDiagram(outlineWorkflow(compiled, find))),
});

/** What an engine knows that a definition is checked against: its modules, its workflows, what its resources will never do. */
export function checkContextOf({
  modules,
  workflowManager,
}: {
  readonly modules: ModuleRegistry;
  readonly workflowManager: WorkflowManager;
}): CheckContext {
  const { runtime } = workflowManager;
  const whyNever: CheckContext["whyNever"] = (resources) => {
    try {
      const demand = runtime.demandOf(resources);
      const refusal = demand === null ? null : runtime.ledger.whyNever(demand);
      return refusal === null ? null : describeRefusal(refusal);
    } catch (error) {
      return errorMessage(error);
    }
  };
  return { modules, whyNever, workflows: workflowManager.listWorkflowNames() };
}
