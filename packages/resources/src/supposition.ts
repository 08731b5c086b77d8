import { type AccessMode, conflict } from "./access-mode.ts";
import type { BoundLine } from "./binding.ts";
import type { CompiledDemand } from "./compiled-demand.ts";
import type { Dimension, Fitting, Part, Pool } from "./ledger-state.ts";
import type { LockTable } from "./lock-table.ts";
import { headroom } from "./pool.ts";

/** What a {@link Supposition} is made of. */
interface SuppositionInit {
  /** Whose obstacles are gone: of rates there is as much as it wants. */
  readonly demand: CompiledDemand | null;
  /** What is supposed to be given back. */
  readonly released: ReadonlySet<Part>;
  readonly now: number;
  readonly locks: LockTable;
  readonly linesOf: (demand: CompiledDemand) => readonly BoundLine[];
}

/**
 * What would fit if some of what is held were given back, one demand after the other. Changes nothing in the ledger. Takes
 * the first resource that has room for a line, so that it may err where lines could be spread in another way.
 */
export class Supposition {
  readonly #released: ReadonlySet<Part>;
  readonly #now: number;
  readonly #locks: LockTable;
  readonly #linesOf: SuppositionInit["linesOf"];
  /** Units that come back, and those of rates that will have come. */
  readonly #back = new Map<Dimension, number>();
  readonly #left = new Map<Dimension, number>();
  readonly #seats = new Map<Pool, number>();
  /** By lock who holds it, or stands in its queue. */
  readonly #locked = new Map<string, { readers: number; writers: number }>();

  constructor({ demand, released, now, locks, linesOf }: SuppositionInit) {
    this.#released = released;
    this.#now = now;
    this.#locks = locks;
    this.#linesOf = linesOf;
    for (const { fitting } of released)
      for (const [i, dimension] of (fitting?.dims ?? []).entries())
        this.#back.set(dimension, (this.#back.get(dimension) ?? 0) + (fitting?.need[i] ?? 0));
    for (const { dims, need } of demand === null ? [] : linesOf(demand).flatMap(({ fittings }) => fittings))
      for (const [i, dimension] of dims.entries())
        if (dimension.bucket !== null)
          this.#back.set(dimension, Math.max(this.#back.get(dimension) ?? 0, need[i] ?? 0));
  }

  /**
   * Takes all of a demand where it fits, and returns null; else nothing, and what the first line lacks that does not fit.
   * `lacking` is a line that is known not to fit.
   */
  take(demand: CompiledDemand, lacking: number | null = null): readonly string[] | null {
    const undo: (() => void)[] = [];
    const own = new Set<string>();
    for (const [index, line] of this.#linesOf(demand).entries()) {
      if (index !== lacking && this.#takeLine(line, own, undo)) continue;
      for (const each of undo.toReversed()) each();
      return line.watch;
    }
    return null;
  }

  /** Lets a demand that lacks `names` stand in the queues of the locks among them: what comes later does not pass it. */
  wait(demand: CompiledDemand, names: readonly string[]): void {
    for (const { lock, mode } of this.#linesOf(demand))
      if (lock !== null && names.includes(lock)) this.#lock(lock, mode, 1);
  }

  /** Whether one demand leaves less to the other: they share an amount, or a lock in modes that exclude each other. */
  doMeet(one: CompiledDemand, other: CompiledDemand): boolean {
    return this.#linesOf(one).some((a) => this.#linesOf(other).some((b) => meet(a, b)));
  }

  #takeLine({ lock, mode, fittings }: BoundLine, own: Set<string>, undo: (() => void)[]): boolean {
    if (lock !== null && !own.has(lock)) {
      const { readers, writers } = this.#lockedBy(lock);
      if (writers > 0 || (mode !== "read" && readers > 0)) return false;
      this.#lock(lock, mode, 1);
      own.add(lock);
      undo.push(() => this.#lock(lock, mode, -1));
    }
    if (fittings.length === 0) return true;
    const fitting = fittings.find((each) => this.#fits(each));
    if (fitting === undefined) return false;
    this.#move(fitting, 1);
    undo.push(() => this.#move(fitting, -1));
    return true;
  }

  #fits({ pool, dims, need }: Fitting): boolean {
    if (pool.exclusive !== null && !this.#released.has(pool.exclusive)) return false;
    const most = pool.limits.maxConcurrentUsers ?? Number.POSITIVE_INFINITY;
    return this.#usersOf(pool) < most && dims.every((each, i) => (need[i] ?? 0) <= this.#leftOf(pool, each));
  }

  #move({ pool, dims, need }: Fitting, by: 1 | -1): void {
    this.#seats.set(pool, this.#usersOf(pool) + by);
    for (const [i, each] of dims.entries())
      this.#left.set(each, this.#leftOf(pool, each) - by * (need[i] ?? 0));
  }

  #usersOf(pool: Pool): number {
    const known = this.#seats.get(pool);
    if (known !== undefined) return known;
    const staying = pool.parts.filter((part) => !this.#released.has(part));
    return new Set(staying.map(({ grant }) => grant.holder)).size;
  }

  #leftOf(pool: Pool, dimension: Dimension): number {
    const known = this.#left.get(dimension);
    if (known !== undefined) return known;
    const now = headroom(pool, dimension, this.#now) + dimension.kept;
    const back = this.#back.get(dimension) ?? 0;
    if (dimension.bucket !== null) return Math.max(now, back);
    return Math.max(now, dimension.usable - dimension.used + back);
  }

  #lock(lock: string, mode: AccessMode, by: 1 | -1): void {
    this.#lockedBy(lock)[mode === "read" ? "readers" : "writers"] += by;
  }

  #lockedBy(lock: string): { readers: number; writers: number } {
    const known = this.#locked.get(lock);
    if (known !== undefined) return known;
    const staying = this.#locks.holders(lock).filter((part) => !this.#released.has(part));
    const readers = staying.filter(({ mode }) => mode === "read").length;
    const counts = { readers, writers: staying.length - readers };
    this.#locked.set(lock, counts);
    return counts;
  }
}

function meet(a: BoundLine, b: BoundLine): boolean {
  if (a.lock !== null && a.lock === b.lock && conflict(a.mode, b.mode)) return true;
  const shuts = (one: BoundLine, other: BoundLine) =>
    one.mode === "exclusive" && other.fittings.some(({ pool }) => pool.id === one.lock);
  if (shuts(a, b) || shuts(b, a)) return true;
  return a.fittings.some(({ pool, dims }) =>
    b.fittings.some(
      (other) => other.pool === pool && other.dims.some((dimension) => dims.includes(dimension)),
    ),
  );
}
