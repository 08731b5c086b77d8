import {
  didYouMean,
  type ErrorCode,
  type ErrorInit,
  InvalidParametersError,
  nearestNames,
  OrchestrationError,
} from "@orch/core";
import { shownValue } from "./quantity.ts";

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
    super(`Resource ${shownValue(id)} not found`, {
      ...init,
      details: { resource_id: id, near, available, ...init.details },
      suggestions: init.suggestions ?? didYouMean(near),
    });
  }
}

/** The error for a second resource of one id. */
export function alreadyRegistered(id: string): InvalidParametersError {
  const message = `Resource ${shownValue(id)} is already registered`;
  return new InvalidParametersError(message, {
    details: { resource_id: id, problems: [{ path: "id", message }] },
    suggestions: ["choose another id, or replace the resource"],
  });
}
