import {
  type DataObject,
  didYouMean,
  type ErrorCode,
  type ErrorInit,
  InvalidParametersError,
  nearestNames,
  OrchestrationError,
} from "@orch/core";
import { shownName, shownValue, unknownKey } from "@orch/core/base";

/** A request that was not granted. Details: `user_id`, `requirements`, `reason`, and what is lacking. */
export class ResourceAllocationError extends OrchestrationError {
  static override readonly code: ErrorCode = "RESOURCE_UNAVAILABLE";
}

/** No resource has this id. Details: `resource_id`, `near`, `available`. */
export class ResourceNotFoundError extends ResourceAllocationError {
  static override readonly code: ErrorCode = "RESOURCE_NOT_FOUND";
  static override readonly retryable: boolean = false;

  constructor(id: string, available: readonly string[], init: ErrorInit = {}) {
    const near = typeof id === "string" ? nearestNames(id, available) : [];
    super(`Resource ${shownName(id)} not found`, {
      ...init,
      details: { resource_id: plainName(id), near, available, ...init.details },
      suggestions: init.suggestions ?? didYouMean(near),
    });
  }
}

/** An id as details hold it: JSON, whatever was given. */
const plainName = (id: unknown): string => (typeof id === "string" ? id : shownValue(id));

/**
 * Throws INVALID_PARAMETERS when `data`, which was made from options, has keys that it does not know: one that is misspelt
 * would be one that was never given.
 */
export function refuseUnknown({ extra }: DataObject, known: readonly string[], what: string): void {
  const [unknown] = Object.keys(extra);
  if (unknown !== undefined) throw unknownKey(what, unknown, known);
}

/** The error for a second resource of one id. */
export function alreadyRegistered(id: string): InvalidParametersError {
  const message = `Resource ${shownName(id)} is already registered`;
  return new InvalidParametersError(message, {
    details: { resource_id: id, problems: [{ path: "id", message }] },
    suggestions: ["choose another id, or replace the resource"],
  });
}
