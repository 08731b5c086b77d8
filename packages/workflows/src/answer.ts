import type { JsonValue } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { executionNotFound, waitsForNoAnswer } from "./errors.ts";
import type { ExecutionControl } from "./execution-control.ts";
import { readExecution } from "./execution-record.ts";
import { readStep } from "./stored-step.ts";
import { hasEnded } from "./take-over.ts";
import { endOfAnswer, takesAnswer } from "./wait.ts";

/** Which wait of a step is answered. */
export interface AnswerOptions {
  /** When it began, milliseconds since the epoch: nothing else is answered. @default the one of now */
  readonly since?: number | undefined;
}

/** Answers a step that waits, wherever its execution runs. What is wrong is refused before anything is stored. */
export async function answerExecution(
  id: string,
  step: string,
  value: JsonValue,
  { since }: AnswerOptions,
  { runtime, control }: { readonly runtime: TaskRuntime; readonly control: ExecutionControl },
): Promise<void> {
  const { store } = runtime;
  const record = readExecution(id, store);
  if (record === null) throw executionNotFound(id);
  const stored = readStep(id, step, store);
  const wait = stored?.status === "running" ? stored.wait : undefined;
  const isMeant = since === undefined || since === stored?.started_at;
  if (hasEnded(record) || wait === undefined || !isMeant || !takesAnswer(wait.request))
    throw waitsForNoAnswer(id, step);
  endOfAnswer(wait.request, value);
  await control.request(id, { type: "answer", step, value, ...(since === undefined ? {} : { since }) });
}
