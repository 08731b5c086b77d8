import { didYouMean, InvalidParametersError, nearestNames } from "@orch/core";
import { shownName } from "@orch/core/base";

/** The kinds of resource. Wire values are lower-case. */
export const ResourceType = {
  CPU: "cpu",
  COMPUTE: "compute",
  MEMORY: "memory",
  GPU: "gpu",
  DISK: "disk",
  STORAGE: "storage",
  NETWORK: "network",
  FILE: "file",
  FILE_HANDLE: "file_handle",
  DATABASE: "database",
  EXTERNAL_API: "external_api",
  API_QUOTA: "api_quota",
  QUEUE: "queue",
  LOCK: "lock",
  SEMAPHORE: "semaphore",
  THREAD: "thread",
  PROCESS: "process",
  CUSTOM: "custom",
} as const;
/** One of the 18 kinds of resource. */
export type ResourceType = (typeof ResourceType)[keyof typeof ResourceType];

/** All kinds, in the order of {@link ResourceType}. */
export const RESOURCE_TYPES: readonly ResourceType[] = Object.values(ResourceType);

// Names for the same kind of thing: a look-up by either finds both, the value stored is the one given.
const FAMILY_HEADS: Partial<Record<ResourceType, ResourceType>> = {
  compute: "cpu",
  storage: "disk",
  file_handle: "file",
  api_quota: "external_api",
};

/** The representative of the family of `type`: equal for types that stand for each other, such as cpu and compute. */
export const familyOf = (type: ResourceType): ResourceType => FAMILY_HEADS[type] ?? type;

/** The type that `value` names, in any letter case, or `null`. */
export function findResourceType(value: unknown): ResourceType | null {
  if (typeof value !== "string") return null;
  const wanted = value.toLowerCase();
  return RESOURCE_TYPES.find((type) => type === wanted) ?? null;
}

/** The type that `value` names, in any letter case. Throws INVALID_PARAMETERS with near names for anything else. */
export function parseResourceType(value: unknown): ResourceType {
  const type = findResourceType(value);
  if (type !== null) return type;
  const near = typeof value === "string" ? nearestNames(value, RESOURCE_TYPES) : [];
  const message = `unknown resource type ${shownName(value)}`;
  throw new InvalidParametersError(message, {
    details: { problems: [{ path: "type", message }], near, available: RESOURCE_TYPES },
    suggestions: didYouMean(near),
  });
}
