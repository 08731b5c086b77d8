import type { ForeignUse } from "./foreign-use.ts";
import type { Ledger } from "./ledger.ts";
import type { UsageRecord } from "./usage-record.ts";

/** How long something is left to another process that could take it and does not; then half as long, and so on. */
const PATIENCE_MS = 50;
/** Who was waited for in vain this often and holds nothing is forgotten until it says again what it wants. */
const MOST_MISSES = 8;

interface Patience {
  readonly ticket: number;
  /** Since when it could take what it wants, on the ledger's clock. */
  since: number | null;
  /** How often it was waited for in vain. */
  misses: number;
  /** Whether this process goes first now. */
  passed: boolean;
}

/**
 * Whose turn it is among the processes that want the same. Each wants it under a ticket and gets a new one, the highest,
 * when it was served; what is free is left to those with a lower ticket: what they lack, and as much as makes their
 * share, one part of as many as want it. So a process that frees something and wants it back stands behind the others, and
 * waits for one turn of each at most. One that does not take its turn, since it was stopped, is passed after a while.
 */
export class TurnTaking {
  readonly #ledger: Ledger;
  readonly #foreign: ForeignUse;
  readonly #patience = new Map<string, Map<string, Patience>>();
  readonly #forgotten: { name: string; instance: string }[] = [];
  #kept = new Set<string>();

  constructor(ledger: Ledger, foreign: ForeignUse) {
    this.#ledger = ledger;
    this.#foreign = foreign;
  }

  /** Decides anew what is left to others; `ticketOf` says what this process waits for under which ticket. */
  decide(now: number, ticketOf: (name: string) => number): void {
    const wanted = new Set(this.#foreign.wanted);
    for (const name of this.#kept) {
      if (wanted.has(name)) continue;
      this.#ledger.others.keep(name, null);
      this.#patience.delete(name);
    }
    this.#kept = wanted;
    for (const name of wanted) this.#decide(name, now, ticketOf(name));
  }

  /** This process has taken something of `name`: the others come next. */
  served(name: string, now: number): void {
    if (!this.#kept.has(name)) return;
    for (const each of this.#patience.get(name)?.values() ?? []) {
      if (each.passed) each.since = null;
      each.passed = false;
    }
    this.#decide(name, now, Number.POSITIVE_INFINITY);
  }

  /** The lowest ticket that comes behind all others. */
  lastTicket(name: string): number {
    return Math.max(0, ...this.#foreign.wantsOf(name).map(({ wanted }) => wanted?.ticket ?? 0)) + 1;
  }

  /** Takes out those who were waited for in vain too often. */
  takeForgotten(): { name: string; instance: string }[] {
    return this.#forgotten.splice(0);
  }

  /** When one of those who are waited for will have had its time, or `null`. */
  nextPass(): number | null {
    let next: number | null = null;
    for (const of of this.#patience.values())
      for (const { since, misses, passed } of of.values())
        if (since !== null && !passed)
          next = Math.min(next ?? Number.POSITIVE_INFINITY, since + patience(misses));
    return next;
  }

  #decide(name: string, now: number, mine: number): void {
    const wants = this.#foreign.wantsOf(name);
    const before = wants
      .filter(({ wanted }) => wanted !== null && wanted.ticket < mine)
      .sort((a, b) => (a.wanted?.ticket ?? 0) - (b.wanted?.ticket ?? 0))
      .filter((each) => !this.#isPassed(each, now));
    const amounts: Record<string, number> = {};
    for (const each of before) {
      for (const [dimension, need] of Object.entries(each.wanted?.amounts ?? {})) {
        const share = this.#shareOf(name, dimension, wants.length + 1);
        const held = each.used.reduce((sum, { amounts: used }) => sum + (used[dimension] ?? 0), 0);
        amounts[dimension] = (amounts[dimension] ?? 0) + Math.max(need, share - held);
      }
    }
    const modes = before.flatMap(({ wanted }) => wanted?.mode ?? []);
    const seats = before.filter(({ wanted }) => Object.keys(wanted?.amounts ?? {}).length > 0).length;
    this.#ledger.others.keep(name, before.length === 0 ? null : { amounts, seats, modes });
  }

  #shareOf(name: string, dimension: string, parties: number): number {
    return (this.#ledger.others.usableOf(name, dimension) ?? 0) / parties;
  }

  #isPassed({ resource, instance, used, wanted }: UsageRecord, now: number): boolean {
    if (wanted === null) return true;
    const each = this.#patienceWith(resource, instance, wanted.ticket);
    if (each.passed) return true;
    if (!this.#ledger.others.hasRoom(resource, wanted, now)) each.since = null;
    else each.since ??= now;
    each.passed = each.since !== null && now >= each.since + patience(each.misses);
    if (!each.passed) return false;
    if (++each.misses === MOST_MISSES && used.length === 0)
      this.#forgotten.push({ name: resource, instance });
    return true;
  }

  #patienceWith(name: string, instance: string, ticket: number): Patience {
    let of = this.#patience.get(name);
    if (of === undefined) {
      of = new Map();
      this.#patience.set(name, of);
    }
    let known = of.get(instance);
    if (known?.ticket !== ticket) {
      known = { ticket, since: null, misses: 0, passed: false };
      of.set(instance, known);
    }
    return known;
  }
}

const patience = (misses: number): number => PATIENCE_MS / 2 ** misses;
