import type { OpenQuestion } from "@orch/workflows";
import { digestOf } from "./audit.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";

/** What a question is known by: another attempt, or another time, is another question. */
export const questionId = ({ executionId, step, attempt, since }: OpenQuestion): string =>
  digestOf({ executionId, step, attempt, since });

/** What people are asked in a run, without what was answered and is on its way to the process that runs it. */
export function questionsOf(
  executionId: string,
  { workflowManager, decisions }: OrchestrationApi,
): OpenQuestion[] {
  const open = workflowManager.openQuestions(executionId);
  return open.filter((question) => !decisions?.find(question.executionId, questionId(question)));
}
