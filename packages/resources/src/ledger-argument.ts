import { needArray, needObject, needText, wrongArgument } from "@orch/core/base";
import { isAccessMode } from "./access-mode.ts";
import type { GrantLine } from "./grant.ts";
import type { Grant } from "./ledger-state.ts";

// A ledger believes what it is told: one instant or sum that is no number would spoil all that follow.

/** Throws INVALID_PARAMETERS unless `now` is an instant in milliseconds. */
export function needInstant(now: number): void {
  if (!isFiniteNumber(now)) throw wrongArgument("now", "a finite number of milliseconds", now);
}

/** Throws INVALID_PARAMETERS unless `ticket` is a place among those who wait: a number, +Infinity for one who does not. */
export function needTicket(ticket: number): void {
  if (!isNumber(ticket)) throw wrongArgument("ticket", "a number", ticket);
}

/** Throws INVALID_PARAMETERS unless `holder` is a text. */
export function needHolder(holder: unknown): void {
  if (typeof holder !== "string") throw wrongArgument("holder", "a text", holder);
}

/** What is asked before every grant, in one look. Throws INVALID_PARAMETERS. */
export function needAsker(holder: string, now: number, ticket: number): void {
  if (typeof holder === "string" && isFiniteNumber(now) && isNumber(ticket)) return;
  needHolder(holder);
  needInstant(now);
  needTicket(ticket);
}

// Compared rather than asked of `Number.isFinite`, which costs more in a call that takes 300 ns.
const isNumber = (value: number): boolean => typeof value === "number" && !Number.isNaN(value);
const isFiniteNumber = (value: number): boolean => typeof value === "number" && value - value === 0;

/** Throws INVALID_PARAMETERS unless `grant` is one. */
export function needGrant(grant: Grant): void {
  if (!hasParts(grant)) throw wrongArgument("grant", "a grant", grant);
}

function hasParts(grant: Grant | null): boolean {
  try {
    return Array.isArray(grant?.parts);
  } catch {
    return false;
  }
}

/** Throws INVALID_PARAMETERS unless `lines` are lines of a grant; of an amount, also one that is 0 now. */
export function needLines(lines: readonly GrantLine[]): void {
  needArray("lines", lines);
  for (const [at, line] of lines.entries()) {
    const { resource, amounts, mode } = needObject(`lines[${at}]`, line);
    needText(`lines[${at}].resource`, resource);
    for (const [name, amount] of Object.entries(needObject(`lines[${at}].amounts`, amounts)))
      if (!(Number.isFinite(amount) && Number(amount) >= 0))
        throw wrongArgument(`lines[${at}].amounts.${name}`, "a finite number of 0 or more", amount);
    if (mode !== undefined && !isAccessMode(mode))
      throw wrongArgument(`lines[${at}].mode`, "read, write or exclusive", mode);
  }
}
