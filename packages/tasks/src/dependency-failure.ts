import type { BookEntry, Upstream } from "./book-entry.ts";
import { DependencyFailedError } from "./errors.ts";
import { type Failure, failureOf } from "./failure.ts";

/** Why a task is skipped, because `cause` ended badly: names the task at the root of a chain of skips. */
export function skippedFor({ spec }: BookEntry, cause: Upstream): Failure {
  const root =
    cause.live.status === "skipped"
      ? (cause.live.failure?.details["dependency"] ?? cause.spec.name)
      : cause.spec.name;
  const message = `Task '${spec.name}' was skipped, because '${String(root)}' did not complete`;
  return failureOf(new DependencyFailedError(message, { details: { dependency: root } }));
}
