import { OrchestrationError } from "./errors.ts";

/** Ends an exhaustive `switch`: a member that was forgotten is a type error here. Throws INTERNAL_ERROR when reached. */
export function assertNever(value: never): never {
  throw new OrchestrationError(`Unexpected value: ${shown(value)}`, {
    code: "INTERNAL_ERROR",
    retryable: false,
  });
}

/** Throws INTERNAL_ERROR with `message` and `details` unless `condition` holds: a bug of ours, never the user's. */
export function invariant(
  condition: unknown,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): asserts condition {
  if (!condition)
    throw new OrchestrationError(message, {
      code: "INTERNAL_ERROR",
      retryable: false,
      details: details ?? {},
    });
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `a ${typeof value}`;
  }
}
