import { errorMessage, errorType, isObject, type JsonObject, type JsonValue, OrchestrationError, findLossy } from "@orch/core";

/** Why an attempt ended badly, as plain JSON: it crosses threads and is stored. */
export interface Failure {
  readonly message: string;
  /** Class name of what was thrown. */
  readonly type: string;
  /** Its code, else TASK_EXECUTION_FAILED. */
  readonly code: string;
  readonly details: JsonObject;
  readonly suggestions: readonly string[];
  /** Whether another attempt may go better. */
  readonly retryable: boolean;
  /** Where it was thrown; for logs only. */
  readonly stack?: string;
}

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Reads any thrown value; never throws, whatever the value does when it is looked at. */
export function failureOf(thrown: unknown): Failure {
  const own = properties(thrown);
  const known = thrown instanceof OrchestrationError;
  const code = typeof own.code === "string" && CODE.test(own.code) ? own.code : "TASK_EXECUTION_FAILED";
  return {
    message: errorMessage(thrown),
    type: errorType(thrown),
    code: known && code === "ORCHESTRATION_ERROR" ? "TASK_EXECUTION_FAILED" : code,
    details: plainDetails(own.details),
    suggestions: Array.isArray(own.suggestions) ? own.suggestions.filter((each) => typeof each === "string") : [],
    retryable: own.retryable !== false,
    ...(typeof own.stack === "string" ? { stack: own.stack } : {}),
  };
}

function properties(thrown: unknown): Record<"code" | "details" | "suggestions" | "retryable" | "stack", unknown> {
  const read = (key: string): unknown => {
    try {
      return typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, key) : undefined;
    } catch {
      return undefined;
    }
  };
  return { code: read("code"), details: read("details"), suggestions: read("suggestions"), retryable: read("retryable"), stack: read("stack") };
}

/** The details that JSON can hold; a value that it cannot is left out. */
function plainDetails(details: unknown): JsonObject {
  try {
    if (!isObject(details)) return {};
    return Object.fromEntries(Object.entries(details).filter(([, value]) => findLossy(value) === null)) as Record<string, JsonValue>;
  } catch {
    return {};
  }
}

/** How an attempt ended. */
export type Outcome = { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly failure: Failure };

/** A bad {@link Outcome} of a thrown value. */
export const failed = (thrown: unknown): Outcome => ({ ok: false, failure: failureOf(thrown) });
