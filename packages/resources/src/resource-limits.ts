import { dataClass } from "@orch/core";
import { z } from "zod";
import { amountSchema, countSchema, durationSchema } from "./amount-schema.ts";
import type { PoolLimits } from "./ledger-state.ts";

const optionalAmount = amountSchema.nullable().default(null);
const usersSchema = z.custom<number>((value) => Number.isSafeInteger(value) && Number(value) >= 1, {
  error: "must be a whole number of 1 or more",
});

/** Bounds on requests and use; `null` means "no bound". Durations in dicts are seconds (`timeout`, `burst_window`). */
export const resourceLimitsSchema = z.object({
  /** Smallest request in the primary dimension. */
  minValue: countSchema.default(0),
  /** Largest request in the primary dimension. */
  maxValue: optionalAmount,
  /** The amount of a request that names none. */
  defaultAllocation: amountSchema.default(1),
  /** Most of the primary dimension held during a burst. */
  burstLimit: optionalAmount,
  /** Length of a burst, and of the rest after it. */
  burstWindowMs: durationSchema.default(60_000),
  /** Dimension of a capacity that is a plain number. */
  unit: z.string().min(1).default("units"),
  /** Most distinct users at a time. */
  maxConcurrentUsers: usersSchema.nullable().default(null),
  /** Lease of an allocation that names none. */
  timeoutMs: durationSchema.nullable().default(null),
  /** Cap on the dimension `cores`. */
  maxCpuCores: optionalAmount,
  /** Cap on the dimension `gb` of memory. */
  maxMemoryGb: optionalAmount,
  /** Cap on the dimension `gb` of disks. */
  maxDiskGb: optionalAmount,
  /** Cap on the dimension `mbps`. */
  maxNetworkMbps: optionalAmount,
  /** Cap on the dimension `requests_per_minute`. */
  maxRequestsPerMinute: optionalAmount,
});

const Base = dataClass(resourceLimitsSchema, { name: "ResourceLimits" });

/** Bounds on the requests and the use of a resource. */
export class ResourceLimits extends Base {}

/** How limits are given: an init object, its dict, or an instance. */
export type ResourceLimitsInit = z.input<typeof resourceLimitsSchema>;

/** The caps of `limits` that concern a dimension, by its name. */
function capsOf(limits: ResourceLimits, type: string): Record<string, number> {
  const gb =
    type === "memory" ? limits.maxMemoryGb : type === "disk" || type === "storage" ? limits.maxDiskGb : null;
  const caps = {
    cores: limits.maxCpuCores,
    gb,
    mbps: limits.maxNetworkMbps,
    requests_per_minute: limits.maxRequestsPerMinute,
  };
  return Object.fromEntries(Object.entries(caps).filter((cap): cap is [string, number] => cap[1] !== null));
}

/** What the ledger needs to know of the limits of a resource of `type`. */
export const poolLimits = (limits: ResourceLimits, type: string): PoolLimits => ({
  minValue: limits.minValue,
  maxValue: limits.maxValue,
  defaultAllocation: limits.defaultAllocation,
  burstLimit: limits.burstLimit,
  burstWindowMs: limits.burstWindowMs,
  maxConcurrentUsers: limits.maxConcurrentUsers,
  caps: capsOf(limits, type),
});
