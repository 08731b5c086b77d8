import { memoryStore, type Store } from "@orch/core";
import type { ManualClock } from "@orch/core/testing";
import type { Demand } from "../src/demand.ts";
import { Ledger } from "../src/ledger.ts";
import type { Grant } from "../src/ledger-state.ts";
import type { LedgerTurn } from "../src/ledger-turn.ts";
import type { Refusal } from "../src/refusal.ts";
import { SharedLedger } from "../src/shared-ledger.ts";

/** One store with several connections: each sees, as a number that changes, when another has committed. */
export class Shared {
  readonly #store = memoryStore();
  #commits = 1;

  connect(): Store {
    let own = 0;
    const store = this.#store;
    return {
      get: (key) => store.get(key),
      list: (prefix, options) => store.list(prefix, options),
      close: () => {},
      foreignVersion: () => this.#commits - own,
      transact: (work) => {
        const result = store.transact(work);
        this.#commits++;
        own++;
        return result;
      },
    };
  }

  /** All records of a collection. */
  list(prefix: string) {
    return this.#store.list(prefix).map(([, value]) => value);
  }
}

/** What an {@link InstanceRig} is made with. */
interface RigInit {
  readonly shared: Shared;
  readonly clock: ManualClock;
  readonly dead?: ReadonlySet<string>;
  /** Its connection. @default one of its own */
  readonly store?: Store;
}

/** What a process that runs tasks does with its ledger: one transaction per call. */
export class InstanceRig {
  readonly ledger = new Ledger();
  readonly shared: SharedLedger;
  readonly fenced: string[] = [];
  readonly store: Store;
  readonly #clock: ManualClock;
  readonly #dead: ReadonlySet<string>;
  #tickets = 0;

  constructor(
    id: string,
    { shared, clock, dead = new Set(), store = shared.connect() }: RigInit,
    define: (ledger: Ledger) => void,
  ) {
    this.store = store;
    this.#clock = clock;
    this.#dead = dead;
    define(this.ledger);
    this.shared = new SharedLedger({ ledger: this.ledger, clock, store: this.store });
    this.shared.join({
      id,
      isDead: (other) => this.#dead.has(other),
      fence: (other) => this.fenced.push(other),
    });
  }

  /** Tries to take `demand`; whoever is refused waits, if it `waits`. */
  take(demand: Demand, { holder = "task", ticket = NaN } = {}): Grant | Refusal {
    const compiled = this.ledger.compileDemand(demand);
    return this.turn((turn) => {
      const outcome = this.shared.grant(compiled, holder, turn, Number.isNaN(ticket) ? Infinity : ticket);
      if (Number.isNaN(ticket)) return outcome;
      this.shared.dequeue(compiled, ticket);
      if (!outcome.ok && !outcome.never) this.shared.enqueue(compiled, ticket, outcome.watch);
      return outcome;
    });
  }

  /** One that waits gives up. */
  giveUp(demand: Demand, ticket: number): void {
    this.turn(() => this.shared.dequeue(this.ledger.compileDemand(demand), ticket));
  }

  give(grant: Grant): void {
    this.turn(({ monotonic }) => this.shared.release(grant, monotonic));
  }

  /** What a task that ends and the next one do, in one transaction. */
  handOn(grant: Grant, demand: Demand, ticket: number): Grant | Refusal {
    const compiled = this.ledger.compileDemand(demand);
    return this.turn((turn) => {
      this.shared.release(grant, turn.monotonic);
      const outcome = this.shared.grant(compiled, "task", turn, ticket);
      if (!outcome.ok) this.shared.enqueue(compiled, ticket, outcome.watch);
      return outcome;
    });
  }

  nextTicket(): number {
    return this.#tickets++;
  }

  turn<Result>(work: (turn: LedgerTurn) => Result): Result {
    const result = this.store.transact((tx) => {
      const turn: LedgerTurn = {
        at: this.#clock.now(),
        monotonic: this.#clock.monotonic(),
        store: tx,
        put: (key, value) => tx.put(key, value),
        delete: (key) => tx.delete(key),
      };
      const made = work(turn);
      this.shared.end(turn);
      return made;
    });
    this.shared.flush();
    return result;
  }
}
