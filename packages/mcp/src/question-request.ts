import { inputRequired } from "@modelcontextprotocol/server";
import type { OpenQuestion } from "@orch/workflows";
import { formOf } from "./question-form.ts";
import { replyText } from "./reply-text.ts";

/** A question as the protocol asks it; null for one that no form can ask. What the workflow says stands behind what we say. */
export function questionRequest(question: OpenQuestion, baseDir: string) {
  const { workflow, executionId, step, message } = question;
  const said = replyText(message, baseDir);
  const form = formOf(
    question,
    `Step '${step}' of workflow '${workflow}' (run ${executionId}) asks: ${said}`,
  );
  if (form === null) return null;
  const { requestedSchema } = form;
  return inputRequired.elicit({ message: form.message, requestedSchema: requestedSchema as never });
}
