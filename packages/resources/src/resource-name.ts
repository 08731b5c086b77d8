import { z } from "zod";

/**
 * The names of resources and locks that orch makes for itself begin with this: those of concurrency keys, of the places of
 * sessions. Nobody else can use such a name, so that the two never mean each other.
 */
export const OWN_NAME = "orch:";

/** A name of a resource or lock that a user gives. */
export const resourceName = z
  .string()
  .min(1)
  .refine((name) => !name.startsWith(OWN_NAME), {
    error: `must not begin with '${OWN_NAME}': such names are orch's own`,
  });
