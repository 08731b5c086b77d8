import type { OrchestrationApi } from "./orchestration-api.ts";

/** Values that are offered to complete a word. */
const MOST = 100;

/** Names of workflows. */
export const workflowNames = ({ workflowManager }: OrchestrationApi): string[] =>
  workflowManager.listWorkflowNames();

/** Ids of the last runs, newest first. */
export const executionIds = ({ workflowManager }: OrchestrationApi): string[] =>
  workflowManager.listExecutions({ limit: MOST }).map(({ id }) => id);

/** Ids of the last runs that went wrong. */
export const failedIds = ({ workflowManager }: OrchestrationApi): string[] =>
  workflowManager.listExecutions({ status: "failed", limit: MOST }).map(({ id }) => id);

/** Names of projects; none where there are no projects. */
export const projectNames = ({ projectManager }: OrchestrationApi): string[] =>
  projectManager?.listProjects() ?? [];

/** Those that begin as `word` does, in any case: 100 at most. */
export const beginningWith = (word: string, names: readonly string[]): string[] =>
  names.filter((name) => name.toLowerCase().startsWith(word.toLowerCase())).slice(0, MOST);
