import { OrchestrationError, toIso } from "@orch/core";
import { digestOf } from "./audit.ts";
import { questionId } from "./open-question.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { answerOf } from "./question-form.ts";
import type { ToolRun } from "./run-tool.ts";

/** What a person has said to a question of a run. */
export interface SaidAnswer {
  readonly executionId: string;
  /** See {@link questionId}. */
  readonly question: string;
  /** As the client sent it. */
  readonly content: unknown;
}

/**
 * Answers a step with what a person has said: what was said first is kept, and is what counts from then on. No effect where
 * the question is not open any more, and where what was said does not fit it. A line in the audit log comes first.
 */
export async function settleQuestion(
  { executionId, question: id, content }: SaidAnswer,
  { workflowManager, decisions }: OrchestrationApi,
  { audit, caller, level, clock }: Pick<ToolRun, "audit" | "caller" | "level" | "clock">,
): Promise<void> {
  const question = workflowManager.openQuestions(executionId).find((each) => questionId(each) === id);
  const answer = question && answerOf(question, content, caller);
  if (!question || !decisions || answer === null || answer === undefined) return;
  const { executionId: inside, step, since } = question;
  audit?.record({
    at: toIso(clock.now()),
    caller,
    tool: "elicitation",
    arguments: digestOf({ execution_id: inside, step, answer }),
    level,
    rule: "elicitation",
    outcome: "allowed",
  });
  const kept = await decisions.decide({ executionId: inside, question: id, answer, by: caller });
  try {
    await workflowManager.answer(inside, step, kept, { since });
  } catch (error) {
    // Answered in this moment, or over.
    const isOver = error instanceof OrchestrationError && error.code === "INVALID_STATE";
    if (!isOver) throw error;
  }
}
