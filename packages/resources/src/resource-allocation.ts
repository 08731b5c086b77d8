import { dataClass } from "@orch/core";
import { z } from "zod";
import { metadataSchema } from "./amount-schema.ts";

/** One grant of part of a resource to a user, with the end of its lease. */
export const resourceAllocationSchema = z.object({
  id: z.string().min(1),
  resourceId: z.string().min(1),
  userId: z.string(),
  /** By dimension; empty for a plain lock. */
  allocated: z.record(z.string(), z.number()),
  /** In the primary dimension; 0 when nothing of it was taken. */
  amount: z.number().default(0),
  allocatedAt: z.date(),
  /** When it is released by itself, or `null`. */
  expiresAt: z.date().nullable().default(null),
  metadata: metadataSchema.default({}),
});

const Base = dataClass(resourceAllocationSchema, {
  name: "ResourceAllocation",
  aliases: {
    allocationId: "id",
    allocation_id: "id",
    requesterId: "userId",
    requester_id: "userId",
    timestamp: "allocatedAt",
  },
});

/** A grant of part of a resource: what, to whom, since when and until when. A snapshot; see `ResourceManager`. */
export class ResourceAllocation extends Base {
  /** The same as `id`. */
  get allocationId(): string {
    return this.id;
  }

  /** The same as `userId`. */
  get requesterId(): string {
    return this.userId;
  }

  /** The same as `allocatedAt`. */
  get timestamp(): this["allocatedAt"] {
    return this.allocatedAt;
  }
}

/** How an allocation is given: an init object or its dict. */
export type AllocationInit = z.input<typeof resourceAllocationSchema>;
