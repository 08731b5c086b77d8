import { dataClass } from "@orch/core";
import { z } from "zod";

/** The use of one resource in its primary dimension at an instant. */
export const resourceUsageSchema = z.object({
  resourceId: z.string(),
  totalCapacity: z.number(),
  allocatedAmount: z.number(),
  /** What could be granted now. */
  availableAmount: z.number(),
  /** Most ever held. */
  peak: z.number(),
  /** Time-weighted since registration. */
  average: z.number(),
  /** Live allocations. */
  allocationCount: z.number(),
  /** Of what may be used: the capacity, or a lower cap. */
  utilizationPercentage: z.number(),
  timestamp: z.date(),
});

const Base = dataClass(resourceUsageSchema, {
  name: "ResourceUsage",
  keys: { peak: "peak_usage", average: "average_usage" },
  aliases: { current: "allocatedAmount", current_usage: "allocatedAmount", available: "availableAmount" },
});

/** The use of one resource in its primary dimension at an instant. */
export class ResourceUsage extends Base {
  /** The same as `allocatedAmount`. */
  get current(): number {
    return this.allocatedAmount;
  }

  /** The same as `availableAmount`. */
  get available(): number {
    return this.availableAmount;
  }

  /** As the specification names the keys: `current_usage` stands beside `allocated_amount`. */
  override toDict(): ReturnType<InstanceType<typeof Base>["toDict"]> {
    return { ...super.toDict(), current_usage: this.allocatedAmount };
  }
}
