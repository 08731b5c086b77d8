import { type BoundLine, recordedFitting } from "./binding.ts";
import type { GrantLine } from "./grant.ts";
import type { Fitting, Grant, Part, Pool } from "./ledger-state.ts";
import type { LockTable } from "./lock-table.ts";
import { loadOf } from "./pool.ts";
import { admits, take as reserve, undo as unreserve } from "./reserve.ts";
import { byLoad, search } from "./search.ts";

/** Takes lines of demands in the pools and locks of a ledger, and makes them undone. */
export class Placer {
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #locks: LockTable;

  constructor(pools: ReadonlyMap<string, Pool>, locks: LockTable) {
    this.#pools = pools;
    this.#locks = locks;
  }

  /** Takes `line` for `grant` where it fits best, ties in the order of registration; false, taking nothing, where it does not fit. */
  placeBest(line: BoundLine, grant: Grant, now: number, ticket: number): boolean {
    const { lock, mode, fittings } = line;
    if (lock !== null && !this.#locks.admits(lock, mode, grant, ticket, this.#pools.get(lock))) return false;
    let best: Fitting | null = null;
    let least = 0;
    for (let i = 0; i < fittings.length; i++) {
      const fitting = fittings[i];
      if (fitting === undefined || !admits(fitting, grant, now, ticket)) continue;
      const load = loadOf(fitting.pool, now);
      if (best !== null && load >= least) continue;
      best = fitting;
      least = load;
    }
    if (best === null && fittings.length > 0) return false;
    this.take(line, best, grant, now);
    return true;
  }

  /** Takes a line as given, whether or not it fits. */
  take(
    { lock, mode }: Pick<BoundLine, "lock" | "mode">,
    fitting: Fitting | null,
    grant: Grant,
    now: number,
  ): void {
    let part: Part;
    if (fitting === null) {
      part = { grant, fitting, lock, mode, expiresBy: null, live: true, slot: -1, tag: null };
      grant.parts.push(part);
    } else part = reserve(fitting, grant, lock, mode, now);
    if (lock !== null) this.#locks.take(lock, part, this.#pools.get(lock));
  }

  /**
   * Takes `lines` that were recorded before, whether or not they fit. Returns the names of resources that do not exist, or
   * not with all dimensions: of those nothing is held.
   */
  restore(lines: readonly GrantLine[], grant: Grant, at: number): string[] {
    const missing: string[] = [];
    for (const { resource, amounts, mode } of lines) {
      const pool = this.#pools.get(resource);
      const fitting = pool === undefined ? null : recordedFitting(pool, amounts);
      if ((fitting?.dims.length ?? 0) < Object.keys(amounts).length) missing.push(resource);
      if (fitting === null && mode === undefined) continue;
      this.take({ lock: mode === undefined ? null : resource, mode: mode ?? "read" }, fitting, grant, at);
      // It was counted and its tokens were spent when it was made.
      if (fitting !== null) fitting.pool.grants--;
      for (const [i, { bucket }] of (fitting?.dims ?? []).entries())
        if (bucket !== null) bucket.tokens += fitting?.need[i] ?? 0;
    }
    return missing;
  }

  /** Makes the last line of `grant` undone, as if it had never been. */
  undoLast(grant: Grant): void {
    const part = grant.parts.pop();
    if (part === undefined) return;
    part.live = false;
    if (part.lock !== null) this.#locks.free(part.lock, part, this.#pools.get(part.lock));
    if (part.fitting !== null) unreserve(part, part.fitting);
  }

  /** Takes all lines, trying every combination; false, taking nothing, when there is none. */
  searchOut(lines: readonly BoundLine[], grant: Grant, now: number, ticket: number): boolean {
    const place = (index: number, fitting: Fitting | null): boolean => {
      const line = lines[index];
      if (line === undefined) return false;
      return this.placeBest({ ...line, fittings: fitting === null ? [] : [fitting] }, grant, now, ticket);
    };
    return search(lines, { place, undo: () => this.undoLast(grant) }, byLoad(now));
  }
}
