import { type Clock, type JsonValue, OrchestrationError, toIso } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { digestOf } from "./audit.ts";
import { questionId } from "./open-question.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { answerOf, formOf } from "./question-form.ts";
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
 * the question is not open any more or is none that clients are asked, and where what was said does not fit it. A line in the audit log comes first.
 */
export async function settleQuestion(
  { executionId, question: id, content }: SaidAnswer,
  { workflowManager, decisions }: OrchestrationApi,
  { audit, caller, level, clock }: Pick<ToolRun, "audit" | "caller" | "level" | "clock">,
): Promise<void> {
  const question = workflowManager.openQuestions(executionId).find((each) => questionId(each) === id);
  const isAsked = question !== undefined && formOf(question, question.message) !== null;
  const answer = isAsked ? answerOf(question, content, caller) : null;
  if (!question || !decisions || answer === null) return;
  const { executionId: inside, step } = question;
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
  await bring(question, kept, workflowManager);
}

/** An answer that has not come so long after it was kept comes no more by itself. */
const LATE_MS = 2000;

/** Brings answers that were kept and have not come: the process that has kept them is gone. */
export async function bringAgain(
  executionId: string,
  { workflowManager, decisions }: OrchestrationApi,
  clock: Clock,
): Promise<void> {
  for (const question of workflowManager.openQuestions(executionId)) {
    const kept = decisions?.find(question.executionId, questionId(question)) ?? null;
    if (kept !== null && clock.now() - kept.at >= LATE_MS)
      await bring(question, kept.answer, workflowManager);
  }
}

/** No effect where it was answered in this moment, or is over. */
async function bring(
  { executionId, step, since }: OpenQuestion,
  answer: JsonValue,
  workflowManager: OrchestrationApi["workflowManager"],
): Promise<void> {
  try {
    await workflowManager.answer(executionId, step, answer, { since });
  } catch (error) {
    const isOver = error instanceof OrchestrationError && error.code === "INVALID_STATE";
    if (!isOver) throw error;
  }
}
