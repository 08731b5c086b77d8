import type { JsonObject } from "@orch/core";
import { z } from "zod";
import {
  dependencies,
  name,
  object,
  priority,
  requirements,
  retries,
  seconds,
  sessionId,
} from "../argument.ts";
import { whileHolding } from "../needed-resources.ts";
import { runData, runError } from "../run-data.ts";
import { checkSession } from "../session-check.ts";
import { defineTool, HINTS } from "../tool.ts";

/** Runs one action. */
export const executeTask = defineTool({
  name: "execute_task",
  title: "Execute task",
  description: "Execute a single task",
  input: z.strictObject({
    name: name("What to call it"),
    module: name("Registered module").min(1),
    action: name("Its action").min(1),
    parameters: object("Parameters of the action").default(() => ({})),
    priority: priority.default("normal"),
    dependencies: dependencies("Ids of tasks before it").default(() => []),
    timeout_seconds: seconds("Limit of an attempt").optional(),
    max_retries: retries.optional(),
    resource_requirements: requirements.optional(),
    session_id: sessionId.optional(),
  }),
  data: { success: "boolean" },
  hints: HINTS.acts,
  level: "author",
  longRunning: true,
  asks: ({ module, action }) => ({ actions: [`${module}.${action}`] }),
  async run(given, context) {
    const { session_id, resource_requirements, ...task } = given;
    checkSession(session_id, context);
    const outcome = await whileHolding(resource_requirements, context, () =>
      context.host.executeTask(
        { ...task, ...(session_id === undefined ? {} : { session_id }) } as JsonObject,
        { signal: context.signal },
      ),
    );
    return {
      data: runData(outcome, context),
      metadata: { task_name: task.name, module: task.module, action: task.action },
      error: runError(outcome, context),
    };
  },
});
