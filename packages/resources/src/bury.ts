import type { LedgerMember, LedgerTurn } from "./ledger-turn.ts";
import { listUsage } from "./usage-record.ts";

/** Deletes what a dead process has recorded, in the transaction that fences it. Nothing happens when that was done. */
export function bury(instance: string, member: LedgerMember, turn: LedgerTurn): void {
  const rows = listUsage(turn.store).filter(
    ([, value]) => (value as { instance?: string }).instance === instance,
  );
  if (rows.length === 0) return;
  member.fence(instance, turn);
  for (const [key] of rows) turn.delete(key);
}
