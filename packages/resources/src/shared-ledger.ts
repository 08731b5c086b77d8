import type { Clock, JsonValue, Store, StoreReader } from "@orch/core";
import { needFunction, needPort, needText } from "@orch/core/base";
import { bury } from "./bury.ts";
import type { CompiledDemand } from "./compiled-demand.ts";
import { ForeignUse, type Other } from "./foreign-use.ts";
import { resourceOf } from "./grant.ts";
import { hasLeft, isRecorded } from "./instance-row.ts";
import type { Ledger } from "./ledger.ts";
import type { Grant } from "./ledger-state.ts";
import type { LedgerMember, LedgerTurn } from "./ledger-turn.ts";
import { LevelRows } from "./level-rows.ts";
import { OwnUse, type Writer } from "./own-use.ts";
import { type Look, Poller } from "./poller.ts";
import type { Refusal } from "./refusal.ts";
import { readInit, type SharedLedgerInit } from "./shared-ledger-init.ts";
import { StoreVersion } from "./store-version.ts";
import { TurnTaking } from "./turn-taking.ts";
import { type LedgerTime, listUsage, usageKey } from "./usage-record.ts";
import { WallOffset } from "./wall-offset.ts";

/** How often it is looked whether others are still alive, while something waits for them. */
const LIVENESS_MS = 250;

/**
 * A ledger that several processes share through one store. What the tasks of a process hold and want of a resource is the
 * record `usage/<resource>/<instance>`, written in the transaction that decides; before the first decision of a
 * transaction the records of the others are taken into the ledger. So what one grants, the others count, and nobody
 * decides with what has changed meanwhile. Processes that want the same take turns; the records of a dead one are deleted
 * in the transaction that fences it, and what is left of one that was forgotten counts no more. Without demands nothing is
 * read and nothing written.
 * Grants of tasks are made and given back here, inside a transaction; allocations by hand have rows of their own.
 */
export class SharedLedger {
  readonly ledger: Ledger;
  readonly #clock: Clock;
  readonly #store: Store | null;
  readonly #version: StoreVersion | null;
  readonly #foreign: ForeignUse;
  readonly #own: OwnUse;
  readonly #levels: LevelRows;
  readonly #turns: TurnTaking;
  readonly #poller: Poller;
  readonly #sources: ((reader: StoreReader) => readonly string[] | null)[] = [];
  readonly #listeners: ((names: readonly string[]) => void)[] = [];
  readonly #freed = new Set<string>();
  readonly #dead = new Set<string>();
  readonly #unburied = new Set<string>();
  /** Whether nothing was touched since the last {@link end} and nobody waits, so that the next one has nothing to do. */
  #isQuiet = false;
  #member: LedgerMember | null = null;
  /** Whether the member was found recorded as a process that runs tasks: it stays so until it leaves. */
  #isRecorded = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The transaction whose decisions rest on what was read last, and what was granted in it. */
  #synced: StoreReader | null = null;
  #granted: Grant[] = [];
  readonly #offset = new WallOffset();
  readonly #machine: LedgerTime["machine"];

  /** Throws INVALID_PARAMETERS for parts that are none. */
  constructor(init: SharedLedgerInit) {
    const { ledger, clock, store } = readInit(init);
    this.ledger = ledger;
    this.#clock = clock;
    this.#machine = store && (clock.machine?.() ?? null);
    this.#store = store;
    this.#version = store && new StoreVersion(store);
    this.#foreign = new ForeignUse(ledger);
    this.#own = new OwnUse(ledger);
    this.#levels = new LevelRows(ledger);
    this.#turns = new TurnTaking(ledger, this.#foreign);
    this.#poller = new Poller(clock, () => this.#look());
  }

  /** Takes part as `member`: from now on it grants, and its records are its own. */
  join(member: LedgerMember): void {
    needPort<LedgerMember>("member", "a member", member, ["isDead", "fence"]);
    needText("member.id", member.id);
    this.#member = member;
    this.#isRecorded = false;
  }

  /**
   * `sync` is called whenever others are looked at: it takes in what else they hold and returns what came back, or `null`
   * when nothing has changed.
   */
  addSource(sync: (reader: StoreReader) => readonly string[] | null): void {
    needFunction("sync", sync);
    this.#sources.push(sync);
  }

  /** Calls `listener`, outside of transactions, with resources and locks of which others gave something back. */
  onFreed(listener: (names: readonly string[]) => void): void {
    needFunction("listener", listener);
    this.#listeners.push(listener);
  }

  /** As `Ledger.grant`, decided with what others hold as of this transaction. */
  grant(demand: CompiledDemand, holder: string, turn: LedgerTurn, ticket: number): Grant | Refusal {
    this.#syncOnce(turn.store);
    this.#foreign.catchUp(turn.monotonic, this.#offset.of(turn.at, turn.monotonic));
    const outcome = this.ledger.grant(demand, holder, turn.monotonic, ticket);
    if (outcome.ok) {
      this.#own.add(outcome);
      this.#granted.push(outcome);
      this.touch(outcome);
    }
    return outcome;
  }

  /** As `Ledger.whyNever`, decided with what others have registered as of this transaction. */
  whyNever(demand: CompiledDemand, turn: Pick<LedgerTurn, "store">): Refusal | null {
    if (this.ledger.canEverFit(demand)) return null;
    this.#syncOnce(turn.store);
    return this.ledger.whyNever(demand);
  }

  /** The instances that wait for a resource or lock, in the order in which it is their turn. */
  waitingFor(name: string): string[] {
    const waiting = this.#foreign.wantsOf(name).filter(({ wanted }) => wanted !== null);
    return waiting
      .sort((a, b) => (a.wanted?.ticket ?? 0) - (b.wanted?.ticket ?? 0))
      .map(({ instance }) => instance);
  }

  /** As `Ledger.release`, of a grant that was made by `grant`. */
  release(grant: Grant, now: number): boolean {
    this.#isQuiet = false;
    this.#own.remove(grant);
    this.#levels.touch(grant.parts.map(resourceOf));
    return this.ledger.release(grant, now);
  }

  /** As `Ledger.enqueue`: one who waits for `names`, which the others are told too. */
  enqueue(demand: CompiledDemand, ticket: number, names: readonly string[]): void {
    this.#isQuiet = false;
    this.ledger.enqueue(demand, ticket, names);
    this.#own.want(demand, ticket, names);
  }

  /** As `Ledger.dequeue`. */
  dequeue(demand: CompiledDemand, ticket: number): void {
    this.#isQuiet = false;
    this.ledger.dequeue(demand, ticket);
    this.#own.unwant(demand, ticket);
  }

  /** Something was granted in {@link ledger} directly: what flows of it is written by the next {@link end}. */
  touch(grant: Grant): void {
    this.#isQuiet = false;
    const now = this.#clock.monotonic();
    for (const part of grant.parts) {
      const name = resourceOf(part);
      this.#levels.touch([name]);
      this.#own.served(name);
      this.#turns.served(name, now);
    }
  }

  /**
   * Takes in what others have changed; what came back is told by {@link flush}. `all` reads everything again, for new
   * resources. One look at the version of the store when nothing has changed.
   */
  sync(reader: StoreReader | null = this.#store, all = false): void {
    if (reader === null || this.#version === null) return;
    this.#isQuiet = false;
    const now = this.#clock.monotonic();
    const offset = this.#offset.of(this.#clock.now(), now);
    const version = this.#version.now();
    if (all) {
      this.#foreign.forget(now);
      this.#levels.forget();
    }
    const news = this.#sources.map((source) => source(reader));
    const freed = news.flatMap((names) => names ?? []);
    if (all || this.#version.isNews(version) || news.some((names) => names !== null)) {
      freed.push(...this.#agree(reader, now, offset));
      this.#version.seen(version);
    }
    if (this.#findDead(reader, now)) freed.push(...this.#agree(reader, now, offset));
    for (const name of freed) this.#freed.add(name);
    this.#turns.decide(now, (name) => this.#own.ticketOf(name));
  }

  /** Writes what this process holds and wants, where it has changed. The last call of a transaction with tasks. */
  end(turn: LedgerTurn): void {
    if (this.#isQuiet || this.#version === null || this.#member === null) return;
    // A release can end a burst: what others have left of the same resource must not be written over.
    if (this.#levels.isTouched) this.#syncOnce(turn.store);
    this.endByHand(turn);
    for (const { name, instance } of this.#turns.takeForgotten()) {
      turn.delete(usageKey(name, instance));
      this.#version.seen(null);
    }
    if (this.#own.isTouched) this.#version.written();
    this.#own.write(turn, this.#writer(this.#member, turn), (name) => this.#turns.lastTicket(name));
    this.#watch();
    this.#isQuiet = !this.#own.isWaiting;
  }

  /**
   * Writes what is left of rates and bursts, where it has changed, and deletes what the dead have left, where some were
   * found: the last call of a transaction by hand.
   */
  endByHand(turn: LedgerTurn): void {
    if (this.#levels.isTouched) this.#version?.written();
    const wallAhead = this.#offset.of(turn.at, turn.monotonic);
    this.#levels.write(turn, this.#member?.id ?? "", { wallAhead, machine: this.#machine });
    if (this.#member === null || this.#unburied.size === 0) return;
    bury(this.#unburied, this.#member, turn);
    this.#unburied.clear();
    this.#version?.written();
  }

  /** Whether `grant` has granted something in this transaction, which {@link holds} only as long as nobody else took it. */
  hasGranted({ store }: Pick<LedgerTurn, "store">): boolean {
    return this.#synced === store && this.#granted.length > 0;
  }

  /** Whether what was granted in the last transaction, which failed, may still be written: nobody took it in the meantime. */
  holds(reader: StoreReader): boolean {
    const names = new Set(this.#granted.flatMap(({ parts }) => parts.map(resourceOf)));
    if (this.#levels.changedBehind(reader, names)) return false;
    this.sync(reader);
    return ![...names].some((name) => this.ledger.others.isOverdrawn(name));
  }

  /** The transaction of the last {@link endByHand} or {@link end} was undone, and so was what it granted. */
  undone(): void {
    this.#isQuiet = false;
    this.#levels.forgetWritten();
    this.#own.forgetWritten();
    this.#version?.seen(null);
  }

  /** Whether {@link end} has something to write. */
  get isTouched(): boolean {
    return this.#own.isTouched;
  }

  /** Whether {@link flush} has something to tell. */
  get hasNews(): boolean {
    return this.#freed.size > 0;
  }

  /** Tells what others gave back; outside of transactions. */
  flush(): void {
    if (this.#freed.size === 0) return;
    const names = [...this.#freed];
    this.#freed.clear();
    for (const listener of this.#listeners) listener(names);
  }

  /** Deletes what this process has recorded: it holds nothing any more. */
  leave(turn: Pick<LedgerTurn, "delete">): void {
    this.close();
    this.#isRecorded = false;
    if (this.#member !== null) this.#own.erase(turn, this.#member.id);
  }

  /** Stops looking at others. */
  close(): void {
    this.#poller.stop();
  }

  #syncOnce(reader: StoreReader): void {
    if (this.#synced === reader) return;
    this.sync(reader);
    this.#synced = reader;
    this.#granted = [];
  }

  #agree(reader: StoreReader, now: number, offset: number): string[] {
    const all = listUsage(reader);
    if (this.#member !== null) this.#own.writeAgain(new Set(all.map(([key]) => key)), this.#member.id);
    const others = all.filter(([, value]) => this.#counts(value));
    const freed = this.#foreign.agree(others, now, offset);
    this.#levels.agree(reader, now, { wallAhead: offset, machine: this.#machine });
    return freed;
  }

  /** Whether a record of usage is that of another process that lives, as far as is known. One of the dead is to go. */
  #counts(value: JsonValue): boolean {
    const { instance } = value as { instance?: string };
    if (instance === undefined || instance === this.#member?.id) return false;
    if (!this.#dead.has(instance)) return true;
    this.#unburied.add(instance);
    return false;
  }

  #writer({ id: instance }: LedgerMember, { at, monotonic, store }: LedgerTurn): Writer {
    this.#isRecorded ||= isRecorded(instance, store);
    return { instance, recorded: this.#isRecorded, offset: this.#offset.of(at, monotonic) };
  }

  /** Whether one of the others was found dead just now. */
  #findDead(reader: StoreReader, now: number): boolean {
    if (this.#member === null || this.#foreign.isEmpty || now - this.#lookedAt < LIVENESS_MS) return false;
    this.#lookedAt = now;
    const member = this.#member;
    const found = [...this.#foreign.others].filter(([id, other]) => isDead(id, other, member, reader));
    for (const [instance] of found) this.#dead.add(instance);
    return found.length > 0;
  }

  /** Looks at the others as long as something here waits for what they hold or are left. */
  #watch(): void {
    if (this.#store === null || !this.#own.waitsForOthers(this.#foreign)) return;
    // Without another ledger there is nobody else while the version of the store stays at 0.
    if (this.#store.foreignVersion() !== 0 || !this.#foreign.isEmpty) this.#poller.start();
  }

  #look(): Look | null {
    if (!this.#own.waitsForOthers(this.#foreign)) return null;
    const now = this.#clock.monotonic();
    const pass = this.#turns.nextPass() ?? Number.POSITIVE_INFINITY;
    try {
      this.sync();
    } catch {
      // The store refuses to be read: that is found out, and told, by whoever writes next.
    }
    if (pass <= now) for (const name of this.#foreign.wanted) this.#freed.add(name);
    const changed = this.hasNews;
    this.flush();
    return { changed, againMs: pass - now };
  }
}

/**
 * Whether another process is gone. What one that is not recorded only wants tells nothing: nobody can find out about those
 * who wait by hand, who hold nothing and are passed if they do not take their turn.
 */
function isDead(
  instance: string,
  { holds, recorded }: Other,
  member: LedgerMember,
  reader: StoreReader,
): boolean {
  if (recorded && hasLeft(instance, reader)) return true;
  return (recorded || holds) && member.isDead(instance, reader);
}
