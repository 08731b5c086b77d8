import { type Binding, bindDemand } from "./binding.ts";
import { checkDemand, checkLines, type Demand, demandKey } from "./demand.ts";
import type { Pool } from "./ledger-state.ts";
import { fitsEmpty, tooMuchTogether } from "./search.ts";

/** A demand that was checked once. Equal demands give the same object while the ledger remembers them (10,000). */
export interface CompiledDemand {
  readonly demand: Demand;
  /** A whole number per distinct demand, from 0 in the order of compilation. */
  readonly class: number;
}

interface Interned extends CompiledDemand {
  binding: Binding | null;
  version: number;
}

const MOST_REMEMBERED = 10_000;

/** Demands that were compiled, and what they are bound to. */
export class DemandTable {
  #interned = new Map<string, Interned>();
  #classes = 0;

  /** The one object for `demand`. Throws one INVALID_PARAMETERS that names every problem. */
  compile(demand: Demand): CompiledDemand {
    checkLines(demand);
    const key = demandKey(demand);
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    checkDemand(demand);
    // A flood of distinct demands must not grow the memory for ever; forgotten ones stay valid.
    if (this.#interned.size >= MOST_REMEMBERED) this.#interned = new Map();
    const compiled: Interned = {
      demand: structuredClone(demand),
      class: this.#classes++,
      binding: null,
      version: -1,
    };
    this.#interned.set(key, compiled);
    return compiled;
  }

  /** What `compiled` means among `pools`; kept until their `version` changes. */
  bind(compiled: CompiledDemand, pools: ReadonlyMap<string, Pool>, version: number): Binding {
    const interned = compiled as Interned;
    if (interned.binding !== null && interned.version === version) return interned.binding;
    const bound = bindDemand(interned.demand, pools);
    const together = bound.never === null && bound.entangled && !fitsEmpty(bound.lines);
    interned.binding = together ? { ...bound, never: tooMuchTogether(bound.lines) } : bound;
    interned.version = version;
    return interned.binding;
  }
}
