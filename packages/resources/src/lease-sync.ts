import type { Clock } from "@orch/core";
import { isAccessMode } from "./access-mode.ts";
import type { AllocationRow } from "./allocation-rows.ts";
import { resourceOf } from "./grant.ts";
import type { LeaseBook } from "./lease-book.ts";
import type { Ledger } from "./ledger.ts";

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
  { ledger, book, clock }: SyncTarget,
  { expired }: { readonly expired: boolean },
): boolean {
  const [wall, now] = [clock.now(), clock.monotonic()];
  const at = allocation.allocatedAt.getTime();
  const expiresAt = allocation.expiresAt?.getTime() ?? null;
  // The wall clock may have jumped meanwhile: what is left is never more than the whole lease.
  const left = expiresAt === null ? null : Math.min(expiresAt - wall, Math.max(0, expiresAt - at));
  if (left !== null && left <= 0 && !expired) return false;
  const amounts = allocation.allocated;
  const line = { resource: allocation.resourceId, amounts, ...(isAccessMode(mode) ? { mode } : {}) };
  const { grant } = ledger.restore([line], allocation.userId, now - Math.max(0, wall - at));
  if (grant.parts.length === 0) return false;
  const deadline = left === null ? null : now + Math.max(0, left);
  const terms = { at, metadata: allocation.metadata, id: allocation.id };
  book.enter(grant, terms, () => ({ deadline, expiresAt }));
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
    const expiresAt = row.allocation.expiresAt?.getTime() ?? null;
    if (expiresAt === lease.expiresAt) continue;
    const deadline = expiresAt === null ? null : clock.monotonic() + Math.max(0, expiresAt - clock.now());
    book.extend(lease, { deadline, expiresAt });
  }
  for (const [id, row] of rows) if (book.find(id) === undefined) enterRow(row, target, { expired: true });
  return freed;
}
