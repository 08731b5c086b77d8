import { systemClock, toDate } from "./clock.ts";
import type { ErrorCode } from "./error-code.ts";

/** What an error may carry beside its message. */
export interface ErrorInit {
  /** A narrower code than the class's own. */
  readonly code?: ErrorCode;
  /** JSON facts: the offending value, what exists, every problem. Default `{}`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What to try next, most promising first. Default `[]`. */
  readonly suggestions?: readonly string[];
  /** Whether the same call may succeed later. Default: that of the class. */
  readonly retryable?: boolean;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The error as a plain JSON object, the same for every caller. */
export interface ErrorResponse {
  readonly success: false;
  /** The message. */
  readonly error: string;
  /** The class name. */
  readonly error_type: string;
  /** An {@link ErrorCode}. */
  readonly error_code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly suggestions: readonly string[];
}

/** The base of every error that orch throws: a stable code, JSON details and what to try next. */
export class OrchestrationError extends Error {
  /** The code of errors of this class, unless one is given. */
  static readonly code: ErrorCode = "ORCHESTRATION_ERROR";
  /** Whether errors of this class are worth a retry, unless said otherwise. */
  static readonly retryable: boolean = true;

  /** Stable: match on this, never on the message. */
  readonly code: ErrorCode;
  /** JSON facts, `{}` without any. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What to try next, most promising first. */
  readonly suggestions: readonly string[];
  /** When it was made. */
  readonly timestamp = toDate(systemClock.now());
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(message: string, init: ErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.code = init.code ?? new.target.code;
    this.details = init.details ?? {};
    this.suggestions = init.suggestions ?? [];
    this.retryable = init.retryable ?? new.target.retryable;
  }

  /** This error as the envelope that every caller gets. */
  toErrorResponse(): ErrorResponse {
    return toErrorResponse(this);
  }
}

/** A wrong value or shape of an argument. `details.problems` lists all of them as `{path, message}`. */
export class InvalidParametersError extends OrchestrationError {
  static override readonly code: ErrorCode = "INVALID_PARAMETERS";
  static override readonly retryable: boolean = false;
}

/** A wrong value in a configuration file or environment variable. Details: `source`, `key`. */
export class ConfigurationError extends OrchestrationError {
  static override readonly code: ErrorCode = "CONFIG_INVALID";
  static override readonly retryable: boolean = false;
}

/** A file or the state database cannot be read or written. Details: `path`. */
export class StorageError extends OrchestrationError {
  static override readonly code: ErrorCode = "STORAGE_ERROR";
}

/** A path leaves its root, or a policy denies. */
export class PermissionDeniedError extends OrchestrationError {
  static override readonly code: ErrorCode = "PERMISSION_DENIED";
  static override readonly retryable: boolean = false;
}

/** The envelope of any thrown value. A value that is no {@link OrchestrationError} gets the code INTERNAL_ERROR. */
export function toErrorResponse(error: unknown): ErrorResponse {
  const known = isOrchestrationError(error) ? error : null;
  return {
    success: false,
    error: errorMessage(error),
    error_type: errorType(error),
    error_code: known?.code ?? "INTERNAL_ERROR",
    details: known?.details ?? {},
    suggestions: known?.suggestions ?? [],
  };
}

/** Whether `error` is one of ours; never throws, where `instanceof` on a hostile proxy does. */
function isOrchestrationError(error: unknown): error is OrchestrationError {
  try {
    return error instanceof OrchestrationError;
  } catch {
    return false;
  }
}

/** The message of any thrown value; never throws, whatever the value does when it is looked at. */
export function errorMessage(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message) || String(error.name);
    return typeof error === "string" ? error : `A value that is no error was thrown: ${String(error)}`;
  } catch {
    return "A value that cannot be shown was thrown";
  }
}

/**
 * The class name of any thrown value, or its type where it has none; never throws. A `name` that was set on the error or by
 * its own class counts; one that its class only has from a class further up does not: the class's own name does.
 */
export function errorType(error: unknown): string {
  try {
    if (error instanceof Error) return String(ownClassName(error) ?? error.name);
    return error === null ? "null" : typeof error;
  } catch {
    return "unknown";
  }
}

/** The name of an error's class, where nothing nearer than a class above it gives the error a name. */
function ownClassName(error: Error): string | null {
  try {
    const prototype = Object.getPrototypeOf(error) as Error;
    if (Object.hasOwn(error, "name") || Object.hasOwn(prototype, "name")) return null;
    const { name } = prototype.constructor;
    return typeof name === "string" && name !== "" ? name : null;
  } catch {
    return null;
  }
}
