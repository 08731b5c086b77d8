import { findWord, parseWord } from "./word.ts";

/** The states of a resource. The first six follow from what is held; the others are set by hand. */
export const ResourceStatus = {
  AVAILABLE: "available",
  ALLOCATED: "allocated",
  BUSY: "busy",
  IN_USE: "in_use",
  EXHAUSTED: "exhausted",
  DEPLETED: "depleted",
  RESERVED: "reserved",
  MAINTENANCE: "maintenance",
  OFFLINE: "offline",
  UNAVAILABLE: "unavailable",
  UNKNOWN: "unknown",
} as const;
/** One of the 11 states. */
export type ResourceStatus = (typeof ResourceStatus)[keyof typeof ResourceStatus];

const STATUSES: readonly ResourceStatus[] = Object.values(ResourceStatus);
const BY_HAND: ReadonlySet<ResourceStatus> = new Set([
  "reserved",
  "maintenance",
  "offline",
  "unavailable",
  "unknown",
]);
const CANONICAL: Partial<Record<ResourceStatus, ResourceStatus>> = {
  in_use: "allocated",
  exhausted: "busy",
  depleted: "busy",
};

/** Whether `status` is set by hand: while so, nothing new is granted. */
export const isSetByHand = (status: ResourceStatus): boolean => BY_HAND.has(status);

/** The state that `status` is another name of: in_use is allocated, exhausted and depleted are busy. */
export const canonicalStatus = (status: ResourceStatus): ResourceStatus => CANONICAL[status] ?? status;

/** The state that `value` names, in any letter case, or `null`. */
export const findResourceStatus = (value: unknown): ResourceStatus | null => findWord(value, STATUSES);

/** The state that `value` names, in any letter case. Throws INVALID_PARAMETERS with near names for anything else. */
export const parseResourceStatus = (value: unknown): ResourceStatus => parseWord("status", value, STATUSES);
