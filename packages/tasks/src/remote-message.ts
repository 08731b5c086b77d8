import type { JsonObject, JsonValue } from "@orch/core/base";
import type { Failure } from "./failure.ts";
import type { ActionContext } from "./module.ts";
import type { Attempt } from "./runner.ts";

/** The parts of a context that may be large and are seldom looked at: sent when the code asks for them. */
export const ASKED = ["parameters", "results", "history"] as const;
/** An attempt asks for each of them once: an answer may be large, and who does not take it would make them pile up. */
export const MOST_ASKS = ASKED.length;
/** One of them. */
export type Asked = (typeof ASKED)[number];

/** What a thread or a process gets to run one attempt; everything in it survives structured cloning. */
export interface RemoteRequest {
  readonly file: string;
  readonly module: string;
  readonly action: string;
  readonly parameters: JsonObject;
  readonly context: Omit<ActionContext, Asked | "signal" | "logger" | "progress">;
}

/** What an attempt says while it runs. */
export type FromRemote =
  | { readonly type: "progress"; readonly fraction: number; readonly text: string }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: JsonObject;
    }
  /** Its code stands still until it has the answer. */
  | { readonly type: "ask"; readonly what: Asked };

/** What the signal of an attempt is aborted with. */
export type AbortReason = Pick<Failure, "message" | "type" | "code">;

/** What is sent to run an attempt. The parts of its context that are made when they are asked for are not touched. */
export function requestOf({ module, action, parameters, resolved, context }: Attempt): RemoteRequest {
  const { attempt, taskId, stepName, executionId, sessionId, idempotencyKey, deadline, session } = context;
  const file = resolved.file?.href ?? "";
  return {
    file,
    module,
    action,
    parameters,
    context: {
      attempt,
      taskId,
      idempotencyKey,
      deadline,
      session,
      ...(stepName === undefined ? {} : { stepName }),
      ...(executionId === undefined ? {} : { executionId }),
      ...(sessionId === undefined ? {} : { sessionId }),
    },
  };
}

/** Hands on what an attempt said; an answer is given to `answer`. */
export function hear(message: FromRemote, { context }: Attempt, answer: (value: JsonValue) => void): void {
  switch (message.type) {
    case "progress":
      context.progress(message.fraction, message.text);
      return;
    case "log":
      context.logger[message.level](message.message, message.fields);
      return;
    case "ask":
      answer(context[message.what] as JsonValue);
  }
}
