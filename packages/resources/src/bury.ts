import type { LedgerMember, LedgerTurn } from "./ledger-turn.ts";
import { listUsage } from "./usage-record.ts";

/** Deletes what dead processes have recorded, in the transaction that fences them. Nothing happens when that was done. */
export function bury(instances: ReadonlySet<string>, member: LedgerMember, turn: LedgerTurn): void {
  if (instances.size === 0) return;
  for (const instance of deleteUsage(instances, turn)) member.fence(instance, turn);
}

/**
 * Deletes what these instances, whose processes are dead, have recorded of resources and locks. To be called in the
 * transaction after which they can write nothing more. Returns which of them had recorded something. O(records).
 */
export function deleteUsage(
  instances: ReadonlySet<string>,
  turn: Pick<LedgerTurn, "store" | "delete">,
): Set<string> {
  const found = new Set<string>();
  for (const [key, value] of listUsage(turn.store)) {
    const { instance = "" } = value as { instance?: string };
    if (!instances.has(instance)) continue;
    found.add(instance);
    turn.delete(key);
  }
  return found;
}
