import { errorMessage, type JsonObject } from "@orch/core";
import { executionLevels, toMermaid } from "@orch/dag";
import type { DefinitionReport, WorkflowReport } from "@orch/mcp";
import { describeRefusal } from "@orch/resources";
import type { ModuleRegistry } from "@orch/tasks";
import {
  type CheckContext,
  type CompiledWorkflow,
  checkWorkflow,
  outlineDiagram,
  outlineWorkflow,
  readDefinitionText,
  type WorkflowManager,
} from "@orch/workflows";

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
