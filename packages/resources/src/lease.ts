import { type JsonValue, toDate } from "@orch/core";
import { amountsOf, resourceOf } from "./grant.ts";
import type { Part } from "./ledger-state.ts";
import { fromUnits } from "./quantity.ts";
import { ResourceAllocation } from "./resource-allocation.ts";

/** A live allocation as the manager keeps it: one part of a grant, its user and the end of its lease. */
export interface Lease {
  readonly part: Part;
  readonly user: string;
  /** When it was made, in milliseconds since the epoch. */
  readonly at: number;
  /** When it ends on the monotonic clock, which decides; `null` for never. */
  deadline: number | null;
  /** The same in milliseconds since the epoch, for people and other processes. */
  expiresAt: number | null;
  readonly metadata: Readonly<Record<string, JsonValue>> | null;
  /** Made when somebody asks for it: nobody can name an id that was never shown. */
  id: string | null;
  /** The list of its user's leases, or `null` when it belongs to someone else who works with the ledger. */
  readonly mine: Lease[] | null;
  /** Its place in that list. */
  slot: number;
  /** Grows with each lease. */
  readonly order: number;
}

/** What `lease` holds of the primary dimension. */
function primaryAmount({ fitting }: Part): number {
  const index = fitting?.dims.indexOf(fitting.pool.primary) ?? -1;
  return fitting === null || index < 0 ? 0 : fromUnits(fitting.need[index] ?? 0, fitting.pool.primary.scale);
}

/** A snapshot of `lease` under its id. */
export function allocationOf(lease: Lease, id: string): ResourceAllocation {
  return new ResourceAllocation({
    id,
    resourceId: resourceOf(lease.part),
    userId: lease.user,
    allocated: amountsOf(lease.part),
    amount: primaryAmount(lease.part),
    allocatedAt: toDate(lease.at),
    expiresAt: lease.expiresAt === null ? null : toDate(lease.expiresAt),
    metadata: { ...lease.metadata },
  });
}
