import type { Upstream } from "./book-entry.ts";
import { damagedKey } from "./damaged-record.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { failureOf } from "./failure.ts";
import type { TaskRemains } from "./task-remains.ts";
import { isTerminalStatus } from "./task-status.ts";

/** Tasks of other processes, and those that left memory, that tasks of this one depend on: as their records say. */
export class Guests {
  readonly #elsewhere: Elsewhere;
  readonly #guests = new Map<string, Upstream>();
  /** Ids that nothing has so far: another process may bring them. */
  readonly #missing = new Set<string>();
  #open = 0;

  constructor(elsewhere: Elsewhere) {
    this.#elsewhere = elsewhere;
  }

  /** How many of them have not ended, as far as is known: another process has them. */
  get open(): number {
    return this.#open;
  }

  /** Whether an id is waited for that nothing has so far. */
  get lacksSome(): boolean {
    return this.#missing.size > 0 && !this.#elsewhere.isAlone;
  }

  get(id: string): Upstream | undefined {
    return this.#guests.get(id);
  }

  /** Reads a task that is not in memory. */
  invite(id: string): Upstream | undefined {
    const guest = read(id, this.#elsewhere);
    if (guest) this.#welcome(id, guest);
    else this.#missing.add(id);
    return guest;
  }

  /** Nobody needs it any more, or it is a task of this process now. */
  leave(id: string): void {
    if (this.#guests.size === 0 && this.#missing.size === 0) return;
    this.#missing.delete(id);
    const guest = this.#guests.get(id);
    this.#guests.delete(id);
    if (guest && !isTerminalStatus(guest.live.status)) this.#open--;
  }

  /** Reads again those that had not ended, and ids that nothing had; returns those that have ended by now. */
  look(neededBy: (id: string) => number): Upstream[] {
    const ended: Upstream[] = [];
    for (const [id, guest] of this.#guests) {
      if (isTerminalStatus(guest.live.status)) continue;
      const now = read(id, this.#elsewhere);
      if (!now || !isTerminalStatus(now.live.status)) continue;
      const next = { ...now, needed: guest.needed };
      this.#guests.set(id, next);
      this.#open--;
      ended.push(next);
    }
    for (const id of this.#missing) {
      const come = read(id, this.#elsewhere);
      if (!come) continue;
      this.#missing.delete(id);
      this.#welcome(id, { ...come, needed: neededBy(id) });
      if (isTerminalStatus(come.live.status)) ended.push(come);
    }
    return ended;
  }

  #welcome(id: string, guest: Upstream): void {
    this.#guests.set(id, guest);
    if (!isTerminalStatus(guest.live.status)) this.#open++;
  }
}

/** A damaged record is the affair of those who need it: nobody else is held up. */
function read(id: string, elsewhere: Elsewhere): Upstream | undefined {
  try {
    const record = elsewhere.find(id);
    return record === null ? undefined : guestOf(id, record);
  } catch (error) {
    if (damagedKey(error) === null) throw error;
    return { ...guestOf(id, elsewhere.remains(id)), damage: failureOf(error) };
  }
}

function guestOf(id: string, record: TaskRemains): Upstream {
  // Nothing more will be known of one of which not even that is known.
  const { name = id, status = "completed", result = null, error = null, ended_at = 0 } = record;
  // One that has not ended will end later than anything before.
  const endedAt = isTerminalStatus(status) ? ended_at : Number.POSITIVE_INFINITY;
  return {
    spec: { id, name, dependencies: [] },
    live: { status, value: result, failure: error, endedAt },
    needed: 0,
  };
}
