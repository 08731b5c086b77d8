import type { AccessMode } from "./access-mode.ts";
import type { Burst } from "./burst.ts";
import type { ResourceType } from "./resource-type.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** One dimension of a resource. All figures but `capacity` are whole units (see quantity.ts). */
export interface Dimension {
  readonly name: string;
  /** Units per 1. */
  readonly scale: number;
  /** As declared. */
  capacity: number;
  /** Capacity, or a lower cap. */
  usable: number;
  /** Sum of the live parts; exact. */
  used: number;
  /** Free, but left to others whose turn it is: see `Ledger.keep`. */
  kept: number;
  readonly bucket: TokenBucket | null;
}

/** A resource as the ledger keeps it. Owned and changed by the ledger only. */
export interface Pool {
  readonly id: string;
  readonly type: ResourceType;
  /** Place in the order of registration. */
  readonly index: number;
  dims: readonly Dimension[];
  primary: Dimension;
  /** False while nothing new may be granted. */
  open: boolean;
  /** How many need it to exist, of one that is there only as long as somebody does; `null` for a registered one. */
  needs: number | null;
  limits: PoolLimits;
  burst: Burst | null;
  /** Live parts in no order; a part knows its place. */
  readonly parts: Part[];
  /** Live parts per holder, kept only where the number of holders is limited. */
  holders: Map<string, number> | null;
  /** The part that holds the exclusive lock of this name. */
  exclusive: Part | null;
  /** Tickets of those who wait for the exclusive lock, lowest first. */
  readonly exclusiveQueue: number[];
  /** Places among the most distinct holders that are left to others. */
  keptSeats: number;
  /** Sum of the utilisation (1 = full) over the dimensions that are no rates. */
  load: number;
  hasRate: boolean;
  /** Grants made, less those undone. */
  grants: number;
  /** Time that released parts were held, in milliseconds. */
  heldMs: number;
  /** Most units of the primary dimension held before the last decrease. */
  peak: number;
  /** Integral of the primary dimension over time, up to `changedAt`. */
  area: number;
  /** Start of the time-weighted average. */
  since: number;
  changedAt: number;
}

/** Bounds on single requests and on the use of a resource. `null` and absent mean "no bound". */
export interface PoolLimits {
  /** Smallest request in the primary dimension. Default 0. */
  readonly minValue?: number;
  /** Largest request in the primary dimension. */
  readonly maxValue?: number | null;
  /** Amount of a request that names none. Default 1. */
  readonly defaultAllocation?: number;
  /** Most of the primary dimension held during a burst. */
  readonly burstLimit?: number | null;
  /** Length of a burst. Default 60,000 ms. */
  readonly burstWindowMs?: number;
  /** Most distinct holders at a time. */
  readonly maxConcurrentUsers?: number | null;
  /** Lower usable capacity per dimension. */
  readonly caps?: Readonly<Record<string, number>>;
}

/** What flows with time and is not told by what is held; instants on the caller's clock, in milliseconds. */
export interface Levels {
  /** Per rate the tokens left, and the instant up to which what flowed back is counted in. */
  readonly tokens: Readonly<Record<string, { readonly left: number; readonly at: number }>>;
  /** When the running burst began and the last one ended; `null` where there are no bursts. */
  readonly burst: { readonly startedAt: number | null; readonly endedAt: number | null } | null;
}

/** What somebody asks of one resource or lock. */
export interface Ask {
  /** By dimension; empty for a plain lock. */
  readonly amounts: Readonly<Record<string, number>>;
  /** The lock, if one is asked for. */
  readonly mode: AccessMode | null;
}

/** Amounts fitted to one resource: `need[i]` whole units of `dims[i]`. Shared by all grants of a demand. */
export interface Fitting {
  readonly pool: Pool;
  readonly dims: readonly Dimension[];
  readonly need: readonly number[];
}

/** What one line of a demand holds. Changed by the ledger only. */
export interface Part {
  readonly grant: Grant;
  /**
   * The amounts taken, or `null` for a plain lock.
   * @internal
   */
  readonly fitting: Fitting | null;
  /** The lock held, or `null`. */
  readonly lock: string | null;
  readonly mode: AccessMode;
  /** The instant by which it must be released (a burst ends), or `null`. */
  readonly expiresBy: number | null;
  /** False once released; a second release does nothing. */
  live: boolean;
  /**
   * Its place in the pool's list.
   * @internal
   */
  slot: number;
  /** For whoever owns the ledger to find its own record again; never read here. */
  tag: object | null;
}

/** Everything that was taken for one demand. */
export interface Grant {
  readonly ok: true;
  readonly holder: string;
  /** When it was made, on the caller's clock, in milliseconds. */
  readonly at: number;
  /** A whole number that grows with each grant. */
  readonly order: number;
  /** In the order of the demand's lines. */
  readonly parts: Part[];
}
