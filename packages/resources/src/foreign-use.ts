import type { JsonValue } from "@orch/core";
import type { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";
import { parseUsage, type UsageRecord } from "./usage-record.ts";

interface Mirrored {
  readonly text: string;
  readonly record: UsageRecord;
  readonly grants: readonly Grant[];
  /** The version of the ledger in which its resource, or a dimension of it, did not exist; `null` when all is held. */
  readonly lackedIn: number | null;
}

/** What the records of another process say of it. */
export interface Other {
  readonly holds: boolean;
  readonly recorded: boolean;
}

/** What the tasks of other processes hold, held in this ledger too, so that everything that reads it counts them. */
export class ForeignUse {
  readonly #ledger: Ledger;
  readonly #mirrored = new Map<string, Mirrored>();
  /** Keys of records that are not held in full. */
  readonly #lacking = new Set<string>();
  readonly #wanting = new Map<string, Map<string, UsageRecord>>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Whether anybody else holds or wants anything. */
  get isEmpty(): boolean {
    return this.#mirrored.size === 0;
  }

  /** The others by their instances: whether they hold something, and whether they are recorded as processes. */
  get others(): Map<string, Other> {
    const others = new Map<string, Other>();
    for (const { record } of this.#mirrored.values()) {
      const { holds, recorded } = others.get(record.instance) ?? { holds: false, recorded: false };
      others.set(record.instance, {
        holds: holds || record.used.length > 0,
        recorded: recorded || record.recorded,
      });
    }
    return others;
  }

  /** The records of those who want `name`. */
  wantsOf(name: string): UsageRecord[] {
    return [...(this.#wanting.get(name)?.values() ?? [])];
  }

  /** What others want something of. */
  get wanted(): string[] {
    return [...this.#wanting.keys()];
  }

  /**
   * Makes the ledger agree with the records of others. `offset`: how much the ledger's clock, which shows `now`, is behind
   * the wall clock. Returns the resources and locks of which something may have come back.
   */
  agree(rows: readonly (readonly [string, JsonValue])[], now: number, offset: number): string[] {
    const freed: string[] = [];
    const seen = new Set<string>();
    for (const [key, value] of rows) {
      seen.add(key);
      const text = JSON.stringify(value);
      if (this.#mirrored.get(key)?.text === text) continue;
      freed.push(...this.#drop(key, now));
      this.#take(key, text, parseUsage(value), now, offset);
    }
    for (const key of [...this.#mirrored.keys()]) if (!seen.has(key)) freed.push(...this.#drop(key, now));
    this.catchUp(now, offset);
    return freed;
  }

  /** Takes records whose resources did not exist and were added since. O(1) when there are none. */
  catchUp(now: number, offset: number): void {
    if (this.#lacking.size === 0) return;
    for (const key of [...this.#lacking]) {
      const known = this.#mirrored.get(key);
      if (known === undefined || known.lackedIn === this.#ledger.version) continue;
      this.#drop(key, now);
      this.#take(key, known.text, known.record, now, offset);
    }
  }

  /** Lets the next {@link agree} take everything anew, for resources that were just added. */
  forget(now: number): void {
    for (const key of [...this.#mirrored.keys()]) this.#drop(key, now);
  }

  #take(key: string, text: string, record: UsageRecord, now: number, offset: number): void {
    const { resource, instance, used, wanted } = record;
    let lackedIn: number | null = null;
    const grants = used.map(({ holder, since, amounts, mode }) => {
      const line = { resource, amounts, ...(mode === undefined ? {} : { mode }) };
      const { grant, missing } = this.#ledger.restore([line], holder, Math.min(now, since - offset));
      if (missing.length > 0) lackedIn = this.#ledger.version;
      return grant;
    });
    this.#mirrored.set(key, { text, record, grants, lackedIn });
    if (lackedIn !== null) this.#lacking.add(key);
    if (wanted === null) return;
    const others = this.#wanting.get(resource);
    if (others === undefined) this.#wanting.set(resource, new Map([[instance, record]]));
    else others.set(instance, record);
  }

  #drop(key: string, now: number): string[] {
    const known = this.#mirrored.get(key);
    if (known === undefined) return [];
    this.#mirrored.delete(key);
    this.#lacking.delete(key);
    for (const grant of known.grants) this.#ledger.release(grant, now);
    const { resource, instance } = known.record;
    const others = this.#wanting.get(resource);
    others?.delete(instance);
    if (others?.size === 0) this.#wanting.delete(resource);
    return [resource];
  }
}
