import type { JsonValue } from "@orch/core";
import { z } from "zod";
import { executionId, name, object } from "../argument.ts";
import { checkExecution } from "../known-execution.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Answers a step that waits for a person. */
export const approveStep = defineTool({
  name: "approve_step",
  title: "Answer a step",
  description: "Give the answer of a person to a step that waits for one",
  input: z.strictObject({
    execution_id: executionId,
    step: name("The step that waits"),
    approved: z.boolean().optional().describe("Of an approval"),
    answer: object("Of a form").optional(),
  }),
  data: { execution_id: "string", step: "string" },
  hints: HINTS.changes,
  level: "full",
  async run({ execution_id, step, approved, answer }, context) {
    checkExecution(execution_id, context);
    const value = (approved ?? answer ?? {}) as JsonValue;
    await context.host.workflowManager.answer(execution_id, step, value);
    return { data: { execution_id, step, answered: true } };
  },
});
