import type { Upstream } from "./book-entry.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { isTerminalStatus } from "./task-status.ts";

/** Tasks of other processes, and those that left memory, that tasks of this one depend on: as their records say. */
export class Guests {
  readonly #elsewhere: Elsewhere;
  readonly #guests = new Map<string, Upstream>();
  #open = 0;

  constructor(elsewhere: Elsewhere) {
    this.#elsewhere = elsewhere;
  }

  /** How many of them have not ended, as far as is known: another process has them. */
  get open(): number {
    return this.#open;
  }

  get(id: string): Upstream | undefined {
    return this.#guests.get(id);
  }

  /** Reads a task that is not in memory. */
  invite(id: string): Upstream | undefined {
    const guest = read(id, this.#elsewhere);
    if (!guest) return undefined;
    this.#guests.set(id, guest);
    if (!isTerminalStatus(guest.live.status)) this.#open++;
    return guest;
  }

  /** Nobody needs it any more, or it is a task of this process now. */
  leave(id: string): Upstream | undefined {
    if (this.#guests.size === 0) return undefined;
    const guest = this.#guests.get(id);
    this.#guests.delete(id);
    if (guest && !isTerminalStatus(guest.live.status)) this.#open--;
    return guest;
  }

  /** Reads again those that had not ended; returns those that have by now. */
  look(): Upstream[] {
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
    return ended;
  }
}

function read(id: string, elsewhere: Elsewhere): Upstream | undefined {
  const record = elsewhere.find(id);
  if (record === null) return undefined;
  const { name, status, result = null, error = null } = record;
  // One that has not ended will end later than anything before.
  const endedAt = isTerminalStatus(status) ? record.ended_at : Number.POSITIVE_INFINITY;
  return {
    spec: { id, name, dependencies: [] },
    live: { status, value: result, failure: error, endedAt },
    needed: 0,
  };
}
