import {
  errorMessage,
  errorType,
  findLossy,
  isObject,
  type JsonObject,
  type JsonValue,
  OrchestrationError,
} from "@orch/core/base";
import { thrownAt } from "./thrown-at.ts";

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
  /** The first place of the stack in the code of its author, as `file:line`. Missing where there is none. */
  readonly at?: string | undefined;
  /** The whole stack; for logs only. */
  readonly stack?: string;
}

/** A longer message is cut, with a mark: errors are kept in several records and shown. */
const MOST_MESSAGE = 16_384;
/** Larger details are left out, with a mark. */
const MOST_DETAILS = 65_536;
const MOST_SUGGESTIONS = 16;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Reads any thrown value; never throws, whatever the value does when it is looked at. */
export function failureOf(thrown: unknown): Failure {
  const code = read(thrown, "code", (value) =>
    typeof value === "string" && CODE.test(value) ? value : null,
  );
  const unnamed = code === null || (code === "ORCHESTRATION_ERROR" && isOurs(thrown));
  const stack = read(thrown, "stack", (value) => (typeof value === "string" ? value : null));
  const message = errorMessage(thrown);
  const at = stack === null ? null : thrownAt(stack, message);
  return {
    message: cut(message),
    type: cut(errorType(thrown)),
    code: unnamed ? "TASK_EXECUTION_FAILED" : code,
    details: read(thrown, "details", plainDetails) ?? {},
    suggestions: read(thrown, "suggestions", texts) ?? [],
    retryable: read(thrown, "retryable", (value) => value !== false) ?? true,
    ...(at === null ? {} : { at }),
    ...(stack === null ? {} : { stack: cut(stack) }),
  };
}

/** What `use` makes of a property; null where looking at it throws, as getters and proxies may. */
function read<Result>(thrown: unknown, key: string, use: (value: unknown) => Result): Result | null {
  try {
    return use(typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, key) : undefined);
  } catch {
    return null;
  }
}

function isOurs(thrown: unknown): boolean {
  try {
    return thrown instanceof OrchestrationError;
  } catch {
    return false;
  }
}

const texts = (value: unknown): string[] =>
  Array.isArray(value)
    ? value
        .filter((each) => typeof each === "string")
        .slice(0, MOST_SUGGESTIONS)
        .map(cut)
    : [];

const cut = (text: string): string =>
  text.length <= MOST_MESSAGE ? text : `${text.slice(0, MOST_MESSAGE)}… (${text.length} characters)`;

/** The details that JSON can hold; a value that it cannot is left out. */
function plainDetails(details: unknown): JsonObject {
  if (!isObject(details)) return {};
  const kept = Object.fromEntries(
    Object.entries(details).filter(([, value]) => findLossy(value) === null),
  ) as Record<string, JsonValue>;
  const { length } = JSON.stringify(kept);
  return length <= MOST_DETAILS ? kept : { left_out: `details of ${length} characters` };
}

/** What an attempt used, as far as its runner can measure it. */
export interface Usage {
  /** Time on a processor, milliseconds. */
  readonly cpuMs: number;
  /** Most memory held at once, bytes; 0 where it is not known. */
  readonly peakBytes: number;
}

/** How an attempt ended. */
export type Outcome = {
  /** Missing where the runner measures nothing. */
  readonly usage?: Usage;
} & (
  | {
      readonly ok: true;
      readonly value: JsonValue;
      /** The result of an earlier task: nothing was called. */
      readonly cached?: boolean;
    }
  | { readonly ok: false; readonly failure: Failure }
);

/** A bad {@link Outcome} of a thrown value. */
export const failed = (thrown: unknown): Outcome => ({ ok: false, failure: failureOf(thrown) });

/** What the signal of an attempt is aborted with: an error of the same class name, message and code. */
export const abortError = ({ message, type, code }: Pick<Failure, "message" | "type" | "code">): Error =>
  Object.assign(new Error(message), { name: type, code });
