import { findWord, parseWord } from "./word.ts";

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
export const findResourceType = (value: unknown): ResourceType | null => findWord(value, RESOURCE_TYPES);

/** The type that `value` names, in any letter case. Throws INVALID_PARAMETERS with near names for anything else. */
export const parseResourceType = (value: unknown): ResourceType => parseWord("type", value, RESOURCE_TYPES);
