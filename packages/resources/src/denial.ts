import { InvalidParametersError, type OrchestrationError } from "@orch/core";
import { ResourceAllocationError, ResourceNotFoundError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { describeRefusal, type Refusal } from "./refusal.ts";
import { findResourceType } from "./resource-type.ts";

/** The error for a refusal: INVALID_PARAMETERS and UNKNOWN_UNIT for a wrong amount, else RESOURCE_UNAVAILABLE or _NOT_FOUND. */
export function denialOf(
  refused: Refusal,
  userId: string,
  requirements: unknown,
  ledger: Ledger,
): OrchestrationError {
  const { reason, resource, dimension, wanted, available, capacity, never } = refused;
  const message = describeRefusal(refused);
  const heldBy = never
    ? []
    : refused.watch.flatMap((id) =>
        ledger
          .holdersOf(id)
          .map(({ holder, amounts }) => ({ resource_id: id, user_id: holder, allocated: amounts })),
      );
  const details = {
    user_id: userId,
    requirements,
    reason: message,
    resource_id: resource,
    ...(dimension === null ? {} : { dimension, wanted, available, capacity }),
    never,
    held_by: heldBy,
  };
  switch (reason) {
    case "below_minimum":
    case "above_maximum":
      return new InvalidParametersError(message, {
        details: { ...details, problems: [{ path: dimension ?? "", message }] },
      });
    case "unknown_dimension": {
      const dimensions = ledger.snapshot(resource, 0)?.dimensions.map(({ name }) => name) ?? [];
      return new InvalidParametersError(message, {
        code: "UNKNOWN_UNIT",
        details: { ...details, problems: [{ path: dimension ?? "", message }], dimensions },
        suggestions: dimensions.length > 0 ? [`use ${dimensions.join(" or ")}`] : [],
      });
    }
    case "unknown_resource":
      if (findResourceType(resource) === null)
        return new ResourceNotFoundError(resource, ledger.ids(), { details });
      return new ResourceAllocationError(message, {
        details,
        retryable: false,
        suggestions: [`register a resource of type ${resource}`],
      });
    default: {
      const suggestions = never
        ? [`ask for ${capacity} ${dimension} or less`]
        : ["wait with acquire, or release something"];
      return new ResourceAllocationError(message, { details, retryable: !never, suggestions });
    }
  }
}
