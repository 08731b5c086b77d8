/** In which order, and with how much at once, ready work is started. */
export const OrchestrationMode = {
  SEQUENTIAL: "sequential",
  PARALLEL: "parallel",
  PRIORITY: "priority",
  RESOURCE_AWARE: "resource_aware",
} as const;
/** One of sequential, parallel, priority, resource_aware. */
export type OrchestrationMode = (typeof OrchestrationMode)[keyof typeof OrchestrationMode];

/** The version of the public contract. */
export const API_VERSION = "1.0.0";
