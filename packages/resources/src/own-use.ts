import type { JsonValue } from "@orch/core";
import type { CompiledDemand } from "./compiled-demand.ts";
import type { ForeignUse } from "./foreign-use.ts";
import { amountsOf, resourceOf } from "./grant.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant, Part } from "./ledger-state.ts";
import type { LedgerTurn } from "./ledger-turn.ts";
import { type UsageRecord, usageKey } from "./usage-record.ts";

/** As whom this process writes. */
export interface Writer {
  readonly instance: string;
  /** Whether it has a record as a process that runs tasks. */
  readonly recorded: boolean;
  /** How much the wall clock is ahead of the ledger's. */
  readonly offset: number;
}

/** What the tasks of this process hold and want of each resource and lock, and what of it is on disk. */
export class OwnUse {
  readonly #ledger: Ledger;
  readonly #held = new Map<string, Set<Part>>();
  /** Those who wait, by what they wait for; the first one is told to the others. */
  readonly #wants = new Map<string, Map<string, CompiledDemand>>();
  readonly #tickets = new Map<string, number>();
  readonly #written = new Map<string, string>();
  readonly #touched = new Set<string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Whether {@link write} may have something to write. */
  get isTouched(): boolean {
    return this.#touched.size > 0;
  }

  /** Whether something waits. */
  get isWaiting(): boolean {
    return this.#wants.size > 0;
  }

  /** A grant was made. */
  add(grant: Grant): void {
    for (const part of grant.parts) {
      const name = resourceOf(part);
      const parts = this.#held.get(name);
      if (parts === undefined) this.#held.set(name, new Set([part]));
      else parts.add(part);
      this.#touched.add(name);
    }
  }

  /** A grant is given back. */
  remove(grant: Grant): void {
    for (const part of grant.parts) {
      const name = resourceOf(part);
      const parts = this.#held.get(name);
      if (parts?.delete(part) !== true) continue;
      if (parts.size === 0) this.#held.delete(name);
      this.#touched.add(name);
    }
  }

  /** One waits for `names`. */
  want(demand: CompiledDemand, ticket: number, names: readonly string[]): void {
    for (const name of names) {
      const waiting = this.#wants.get(name);
      if (waiting === undefined) this.#wants.set(name, new Map([[keyOf(demand, ticket), demand]]));
      else waiting.set(keyOf(demand, ticket), demand);
      this.#touched.add(name);
    }
  }

  /** It waits no longer. */
  unwant(demand: CompiledDemand, ticket: number): void {
    const key = keyOf(demand, ticket);
    for (const [name, waiting] of this.#wants) {
      if (!waiting.delete(key)) continue;
      if (waiting.size === 0) this.#wants.delete(name);
      this.#touched.add(name);
    }
  }

  /** Something of `name` was taken: whoever waits for it here stands behind the others from now on. */
  served(name: string): void {
    if (this.#tickets.delete(name)) this.#touched.add(name);
  }

  /** The ticket under which this process waits for `name`; behind all others when it does not. */
  ticketOf(name: string): number {
    return this.#tickets.get(name) ?? Number.POSITIVE_INFINITY;
  }

  /** Whether something waits for what others hold, or are left. */
  waitsForOthers(foreign: ForeignUse): boolean {
    for (const name of this.#wants.keys()) {
      const mine = this.#held.get(name);
      if (foreign.wantsOf(name).length > 0) return true;
      if (this.#ledger.partsOf(name).some((part) => mine?.has(part) !== true)) return true;
    }
    return false;
  }

  /** Writes the records that have changed. `lastTicket` is a ticket behind those of the others. */
  write(turn: LedgerTurn, writer: Writer, lastTicket: (name: string) => number): void {
    const { instance } = writer;
    for (const name of this.#touched) {
      if (!this.#wants.has(name)) this.#tickets.delete(name);
      else if (!this.#tickets.has(name)) this.#tickets.set(name, lastTicket(name));
      const record = this.#recordOf(name, writer);
      const text = record === null ? "" : JSON.stringify(record);
      if (text === (this.#written.get(name) ?? "")) continue;
      const key = usageKey(name, instance);
      if (record === null) {
        this.#written.delete(name);
        turn.delete(key);
      } else {
        this.#written.set(name, text);
        turn.put(key, record as JsonValue);
      }
    }
    this.#touched.clear();
  }

  /** Which of the records are not among `keys`, those in the store: somebody took them for left behind. */
  writeAgain(keys: ReadonlySet<string>, instance: string): void {
    for (const name of this.#written.keys()) {
      if (keys.has(usageKey(name, instance))) continue;
      this.#written.delete(name);
      this.#touched.add(name);
    }
  }

  /** The last {@link write} was undone: all is written again. */
  forgetWritten(): void {
    for (const name of this.#written.keys()) {
      this.#touched.add(name);
      this.#written.set(name, UNKNOWN);
    }
  }

  /** Deletes all records. */
  erase(turn: Pick<LedgerTurn, "delete">, instance: string): void {
    for (const name of this.#written.keys()) turn.delete(usageKey(name, instance));
    this.#written.clear();
  }

  #recordOf(resource: string, { instance, recorded, offset }: Writer): StoredUsage | null {
    const [demand] = this.#wants.get(resource)?.values() ?? [];
    const ticket = this.#tickets.get(resource);
    const held = [...(this.#held.get(resource) ?? [])];
    if (held.length === 0 && demand === undefined) return null;
    return {
      resource,
      instance,
      ...(recorded ? {} : { recorded }),
      used: held.map((part) => ({
        holder: part.grant.holder,
        since: Math.round(part.grant.at + offset),
        amounts: amountsOf(part),
        ...(part.lock === null ? {} : { mode: part.mode }),
      })),
      wanted:
        demand === undefined || ticket === undefined
          ? null
          : { ticket, ...this.#ledger.askOf(demand, resource) },
    };
  }
}

/** A record as it is written: that the process is recorded goes without saying. */
type StoredUsage = Omit<UsageRecord, "recorded"> & { readonly recorded?: false };

/** What no record looks like. */
const UNKNOWN = "?";

const keyOf = (demand: CompiledDemand, ticket: number): string => `${demand.class} ${ticket}`;
