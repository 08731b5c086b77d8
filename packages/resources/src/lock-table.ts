import { type AccessMode, conflict } from "./access-mode.ts";
import type { Grant, Part, Pool } from "./ledger-state.ts";

/** A lock that is held or waited for. Writers are held alone; a grant never conflicts with itself. */
interface Lock {
  readonly holders: Set<Part>;
  /** Holders in write or exclusive mode. */
  writers: number;
  /** Those who wait, lowest ticket first. */
  readonly waiting: { readonly ticket: number; readonly mode: AccessMode }[];
}

/** Named read, write and exclusive locks with fair queues. A lock exists only while it is held or waited for. */
export class LockTable {
  readonly #locks = new Map<string, Lock>();

  /**
   * Whether `grant` may take the lock `name` now: no conflicting holder, and nobody with a lower ticket waits in a
   * conflicting mode, so that a later read does not pass a waiting writer. `pool` is the resource of that name, if any.
   */
  admits(name: string, mode: AccessMode, grant: Grant, ticket: number, pool: Pool | undefined): boolean {
    if (mode === "exclusive" && pool !== undefined && !isUnused(pool, grant)) return false;
    const lock = this.#locks.get(name);
    if (lock === undefined) return true;
    const own = grant.parts.filter((part) => part.lock === name && part.live);
    const free =
      mode === "read"
        ? lock.writers === own.filter((part) => part.mode !== "read").length
        : lock.holders.size === own.length;
    return (
      free &&
      (own.length > 0 || !lock.waiting.some((other) => other.ticket < ticket && conflict(other.mode, mode)))
    );
  }

  /** What keeps `grant` from the lock `name`: who holds it in a mode that excludes `mode`, and the tickets that go before. */
  obstacles(
    name: string,
    mode: AccessMode,
    grant: Grant,
    ticket: number,
  ): { readonly held: readonly Part[]; readonly before: readonly number[] } {
    const held = this.holders(name).filter((part) => part.grant !== grant && conflict(part.mode, mode));
    const isOwn = grant.parts.some((part) => part.lock === name && part.live);
    const waiting = isOwn ? [] : (this.#locks.get(name)?.waiting ?? []);
    const before = waiting.filter((other) => other.ticket < ticket && conflict(other.mode, mode));
    return { held, before: before.map((other) => other.ticket) };
  }

  /** Takes the lock of `part`; the caller has asked {@link admits}. */
  take(name: string, part: Part, pool: Pool | undefined): void {
    const lock = this.#open(name);
    lock.holders.add(part);
    if (part.mode !== "read") lock.writers++;
    if (part.mode === "exclusive" && pool !== undefined) pool.exclusive = part;
  }

  /** Gives the lock of `part` back. */
  free(name: string, part: Part, pool: Pool | undefined): void {
    const lock = this.#locks.get(name);
    if (lock === undefined || !lock.holders.delete(part)) return;
    if (part.mode !== "read") lock.writers--;
    if (pool?.exclusive === part) pool.exclusive = this.exclusiveOf(name);
    this.#close(name, lock);
  }

  /** Records that `ticket` waits for `name`; it keeps its place until {@link leave}. */
  wait(name: string, mode: AccessMode, ticket: number, pool: Pool | undefined): void {
    const { waiting } = this.#open(name);
    waiting.push({ ticket, mode });
    waiting.sort((a, b) => a.ticket - b.ticket);
    if (mode === "exclusive" && pool !== undefined) {
      pool.exclusiveQueue.push(ticket);
      pool.exclusiveQueue.sort((a, b) => a - b);
    }
  }

  /** Takes `ticket` out of the queue of `name`. */
  leave(name: string, ticket: number, pool: Pool | undefined): void {
    const lock = this.#locks.get(name);
    if (lock === undefined) return;
    const at = lock.waiting.findIndex((other) => other.ticket === ticket);
    if (at >= 0) lock.waiting.splice(at, 1);
    const place = pool?.exclusiveQueue.indexOf(ticket) ?? -1;
    if (place >= 0) pool?.exclusiveQueue.splice(place, 1);
    this.#close(name, lock);
  }

  /** The parts that hold the lock `name`, oldest first. */
  holders(name: string): readonly Part[] {
    return [...(this.#locks.get(name)?.holders ?? [])];
  }

  /** The part that holds `name` exclusively, or `null`. */
  exclusiveOf(name: string): Part | null {
    return this.holders(name).find((part) => part.mode === "exclusive") ?? null;
  }

  /** Tickets that wait for `name` exclusively, lowest first. */
  exclusiveTickets(name: string): number[] {
    const waiting = this.#locks.get(name)?.waiting ?? [];
    return waiting.filter(({ mode }) => mode === "exclusive").map(({ ticket }) => ticket);
  }

  #open(name: string): Lock {
    const known = this.#locks.get(name);
    if (known !== undefined) return known;
    const lock: Lock = { holders: new Set(), writers: 0, waiting: [] };
    this.#locks.set(name, lock);
    return lock;
  }

  #close(name: string, lock: Lock): void {
    if (lock.holders.size === 0 && lock.waiting.length === 0) this.#locks.delete(name);
  }
}

/** Whether nobody but `grant` holds an amount of `pool`. */
function isUnused(pool: Pool, grant: Grant): boolean {
  return pool.parts.every((part) => part.grant === grant);
}
