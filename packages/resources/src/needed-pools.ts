import type { PoolSpec } from "./define-pool.ts";
import type { Ledger } from "./ledger.ts";
import type { Pool } from "./ledger-state.ts";

/**
 * Resources that exist only as long as somebody needs them: the places of a key, of which there may be any number over
 * time. They are granted to those who name them, never to those who ask for their type. O(1) each.
 */
export class NeededPools {
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #ledger: Pick<Ledger, "define" | "undefine">;

  constructor(pools: ReadonlyMap<string, Pool>, ledger: Pick<Ledger, "define" | "undefine">) {
    this.#pools = pools;
    this.#ledger = ledger;
  }

  /** Sees to it that the resource `spec.id` exists until {@link unneed} was called as often; a registered one stays as it is. */
  need(spec: PoolSpec, now = 0): void {
    if (!this.#pools.has(spec.id)) {
      this.#ledger.define(spec, now);
      const pool = this.#pools.get(spec.id);
      if (pool !== undefined) pool.needs = 0;
    }
    const pool = this.#pools.get(spec.id);
    if (pool !== undefined && pool.needs !== null) pool.needs++;
  }

  /** Takes back one {@link need}: a resource that nobody needs is gone as soon as nothing of it is held. */
  unneed(id: string): void {
    const pool = this.#pools.get(id);
    if (pool === undefined || pool.needs === null) return;
    pool.needs--;
    this.released(pool);
  }

  /** Something of `pool` was given back. */
  released(pool: Pool): void {
    if (pool.needs === 0) this.#ledger.undefine(pool.id);
  }
}
