import { type JsonObject, OrchestrationError } from "@orch/core";
import { executionIds, failedIds, workflowNames } from "./known-names.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { quoted } from "./quoted-data.ts";
import { runData } from "./run-data.ts";

/** An argument of a prompt. */
export interface PromptArgument {
  readonly description: string;
  readonly completes: ((host: OrchestrationApi) => string[]) | null;
}

/** Words that a person can send to a model. */
export interface PromptSpec {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: Readonly<Record<string, PromptArgument>>;
  /** Throws the error of what is not there. */
  text(host: OrchestrationApi, given: Readonly<Record<string, string>>): string;
}

/** Characters of what is known of a run. */
const BUDGET = 12_000;

const argument = (description: string, completes: PromptArgument["completes"] = null): PromptArgument => ({
  description,
  completes,
});
const workflow = { workflow_name: argument("Name of a workflow", workflowNames) };

/** A run as data. Throws EXECUTION_NOT_FOUND. */
function runText(host: OrchestrationApi, { execution_id = "" }: Readonly<Record<string, string>>): string {
  const execution = host.workflowManager.getExecution(execution_id);
  if (execution === null)
    throw new OrchestrationError("There is no such run", { code: "EXECUTION_NOT_FOUND", retryable: false });
  return quoted(runData(execution.toDict() as never, { budget: BUDGET, host }));
}

function workflowText(
  host: OrchestrationApi,
  { workflow_name = "" }: Readonly<Record<string, string>>,
): string {
  host.workflowManager.reloadWorkflows();
  const { definition, levels } = host.describeWorkflow(workflow_name);
  return quoted({ definition, levels: levels.map((level) => [...level]) } as JsonObject);
}

/** All prompts. */
export const PROMPTS: readonly PromptSpec[] = [
  {
    name: "design_workflow",
    title: "Design a workflow",
    description: "From a goal to a workflow that is checked and stored",
    arguments: { goal: argument("What the workflow is for") },
    text: (_, { goal = "" }) =>
      `Design a workflow for the goal below. Look with list_modules which actions there are and use no others. Let steps that need nothing of each other run together, and pass results on with {{step.output}}. Check it with validate_workflow until it has no problems, show its graph, and store it with create_workflow only when I agree.\n\n${quoted({ goal })}`,
  },
  {
    name: "explain_execution",
    title: "Explain a run",
    description: "What a run did, how long it took, and what came out",
    arguments: { execution_id: argument("Id of the run", executionIds) },
    text: (host, given) =>
      `Explain in plain words what this run did, in which order, how long its steps took, and what came out. Ask get_execution for what is missing.\n\n${runText(host, given)}`,
  },
  {
    name: "debug_failed_execution",
    title: "Debug a failed run",
    description: "Why a run failed, and what to do about it",
    arguments: { execution_id: argument("Id of the run", failedIds) },
    text: (host, given) =>
      `Find out why this run failed: the first step that went wrong, what it got, what it said. Name the cause that is most likely and what would show whether it is. Then say what to change, and whether resume_execution is enough or it has to be run anew. Change nothing before I agree.\n\n${runText(host, given)}`,
  },
  {
    name: "plan_resources",
    title: "Plan resources",
    description: "What a workflow needs, and whether there is enough",
    arguments: workflow,
    text: (host, given) =>
      `Say which resources this workflow needs at its widest place, whether there are enough for it, and what would make it faster.\n\n${workflowText(host, given)}\n\n${quoted({ usage: host.resourceManager.getResourceUsage() })}`,
  },
  {
    name: "review_workflow",
    title: "Review a workflow",
    description: "What can go wrong with a workflow",
    arguments: workflow,
    text: (host, given) =>
      `Review this workflow: steps that could run together and do not, missing limits of time and retries, steps that are not safe to run twice, results that nobody uses. Name each with its step and how to write it better.\n\n${workflowText(host, given)}`,
  },
];
