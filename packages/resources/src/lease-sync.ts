import type { Clock } from "@orch/core";
import { isAccessMode } from "./access-mode.ts";
import type { AllocationRow } from "./allocation-rows.ts";
import { resourceOf } from "./grant.ts";
import type { LeaseBook, LeaseEnd } from "./lease-book.ts";
import type { Ledger } from "./ledger.ts";
import type { ResourceAllocation } from "./resource-allocation.ts";

/** What recorded allocations are entered into. */
export interface SyncTarget {
  readonly ledger: Ledger;
  readonly book: LeaseBook;
  readonly clock: Clock;
}

/**
 * Enters an allocation that was recorded before: in the ledger without asking whether it fits, and in the book. False when
 * its resource does not exist, or when it has expired, unless `expired` ones are taken too (to be released properly).
 */
export function enterRow(
  { allocation, mode }: AllocationRow,
  target: SyncTarget,
  { expired }: { readonly expired: boolean },
): boolean {
  const { ledger, book, clock } = target;
  const [wall, now] = [clock.now(), clock.monotonic()];
  const at = allocation.allocatedAt.getTime();
  const end = endOf(allocation, target.clock);
  if (end.deadline !== null && end.deadline <= now && !expired) return false;
  const amounts = allocation.allocated;
  const line = { resource: allocation.resourceId, amounts, ...(isAccessMode(mode) ? { mode } : {}) };
  const { grant } = ledger.restore([line], allocation.userId, now - Math.max(0, wall - at));
  if (grant.parts.length === 0) return false;
  const terms = { at, metadata: allocation.metadata, id: allocation.id };
  book.enter(grant, terms, () => end);
  return true;
}

/** Makes ledger and book agree with the rows of a shared store. Returns the resources of which something came back. */
export function agreeWith(rows: ReadonlyMap<string, AllocationRow>, target: SyncTarget): string[] {
  const { ledger, book, clock } = target;
  const freed: string[] = [];
  for (const lease of book.all()) {
    const row = rows.get(book.idOf(lease));
    if (row === undefined) {
      ledger.releasePart(lease.part, clock.monotonic());
      book.strike(lease);
      freed.push(resourceOf(lease.part));
      continue;
    }
    const end = endOf(row.allocation, clock);
    if (end.expiresAt !== lease.expiresAt) book.extend(lease, end);
  }
  for (const [id, row] of rows) if (book.find(id) === undefined) enterRow(row, target, { expired: true });
  return freed;
}

/** The end of a recorded lease on this process's monotonic clock. */
function endOf({ allocatedAt, expiresAt }: ResourceAllocation, clock: Clock): LeaseEnd {
  if (expiresAt === null) return { deadline: null, expiresAt: null };
  const ends = expiresAt.getTime();
  // The wall clock may have jumped meanwhile: what is left is never more than the whole lease.
  const left = Math.min(ends - clock.now(), ends - allocatedAt.getTime());
  return { deadline: clock.monotonic() + Math.max(0, left), expiresAt: ends };
}
