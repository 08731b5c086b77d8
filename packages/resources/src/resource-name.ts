import { InvalidParametersError } from "@orch/core";
import { shownValue } from "@orch/core/base";
import { z } from "zod";

/**
 * The names of resources and locks that orch makes for itself begin with this: those of concurrency keys, of the places of
 * sessions. Nobody else can use such a name, so that the two never mean each other.
 */
export const OWN_NAME = "orch:";

const NOT_OWN = `must not begin with '${OWN_NAME}': such names are orch's own`;

/** Whether a name is one of orch's own. */
export const isOwnName = (name: string): boolean => name.startsWith(OWN_NAME);

/** The error for a name of orch's own that a user gives. */
export const ownName = (name: string): InvalidParametersError =>
  new InvalidParametersError(`A resource or lock ${NOT_OWN}, was ${shownValue(name)}`, {
    suggestions: ["Take another name."],
  });

/** A name of a resource or lock that a user gives. */
export const resourceName = z
  .string()
  .min(1)
  .refine((name) => !isOwnName(name), { error: NOT_OWN });
