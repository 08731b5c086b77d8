import { wrongArgument } from "@orch/core/base";
import { type Binding, bindDemand } from "./binding.ts";
import { type Demand, demandKey, readDemand } from "./demand.ts";
import type { Pool } from "./ledger-state.ts";
import { fitsEmpty, tooMuchTogether } from "./search.ts";

/** A demand that was checked once. Equal demands give the same object while the ledger remembers them (10,000). */
export interface CompiledDemand {
  readonly demand: Demand;
  /** A whole number per distinct demand, from 0 in the order of compilation. */
  readonly class: number;
}

/** A demand with what it is bound to in the table that made it. */
class Interned implements CompiledDemand {
  readonly demand: Demand;
  readonly class: number;
  readonly #owner: DemandTable;
  #binding: Binding | null = null;
  #version = -1;

  constructor(demand: Demand, number: number, owner: DemandTable) {
    this.demand = demand;
    this.class = number;
    this.#owner = owner;
  }

  /** `value`, if `owner` made it; looking at it runs none of its code. */
  static of(value: unknown, owner: DemandTable): Interned | null {
    const isOne = typeof value === "object" && value !== null && #owner in value && value.#owner === owner;
    return isOne ? value : null;
  }

  /** What it is bound to in `version`, or `null` when that is not known. */
  boundIn(version: number): Binding | null {
    return this.#version === version ? this.#binding : null;
  }

  bind(binding: Binding, version: number): Binding {
    this.#binding = binding;
    this.#version = version;
    return binding;
  }
}

const MOST_REMEMBERED = 10_000;

/** Demands that were compiled, and what they are bound to. */
export class DemandTable {
  #interned = new Map<string, Interned>();
  #classes = 0;

  /** The one object for `demand`. Throws one INVALID_PARAMETERS that names every problem. */
  compile(demand: Demand): CompiledDemand {
    const lines = readDemand(demand);
    const key = demandKey(lines);
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    // A flood of distinct demands must not grow the memory for ever; forgotten ones stay valid.
    if (this.#interned.size >= MOST_REMEMBERED) this.#interned = new Map();
    const compiled = new Interned(lines, this.#classes++, this);
    this.#interned.set(key, compiled);
    return compiled;
  }

  /**
   * What `compiled` means among `pools`; kept until their `version` changes. Throws INVALID_PARAMETERS for what was not
   * compiled here: what it is bound to are resources of another ledger.
   */
  bind(compiled: CompiledDemand, pools: ReadonlyMap<string, Pool>, version: number): Binding {
    const interned = Interned.of(compiled, this);
    if (interned === null) throw wrongArgument("demand", "a demand that this ledger has compiled", compiled);
    const known = interned.boundIn(version);
    if (known !== null) return known;
    const bound = bindDemand(interned.demand, pools);
    const together = bound.never === null && bound.entangled && !fitsEmpty(bound.lines);
    return interned.bind(together ? { ...bound, never: tooMuchTogether(bound.lines) } : bound, version);
  }
}
