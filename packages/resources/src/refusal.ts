import type { Obstacles } from "./obstacles.ts";

/** Why a demand was not granted. */
export type RefusalReason =
  | "unknown_resource"
  | "unknown_dimension"
  | "below_minimum"
  | "above_maximum"
  | "capacity"
  | "rate"
  | "users"
  | "locked"
  | "unavailable";

/** A demand that was not granted: the first line that failed, and what it lacks. Nothing was changed. */
export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** True when waiting cannot help: no release can make room for it. */
  readonly never: boolean;
  /** Index of the line in the demand. */
  readonly line: number;
  /** The resource that comes nearest, or the lock, or the id or type that nothing offers. */
  readonly resource: string;
  /** The short dimension, or `null` where it is not a matter of amounts. */
  readonly dimension: string | null;
  /** Asked for, in `dimension`. */
  readonly wanted: number;
  /** Could be granted now, in `dimension`. */
  readonly available: number;
  /** The most that could ever be granted at once, in `dimension`. */
  readonly capacity: number;
  /** When enough of a rate has flowed back or a burst may begin, on the caller's clock; `null` when a release is needed. */
  readonly retryAt: number | null;
  /** The resources and locks of which a release may help: where to park the demand. */
  readonly watch: readonly string[];
  /**
   * What is in the way, where that was asked for: only `Ledger.explain` says so.
   * @internal
   */
  readonly obstacles?: Obstacles;
}

/** A refusal with the fields that do not matter left at their neutral values. */
export function refusal(
  reason: RefusalReason,
  line: number,
  resource: string,
  rest: Partial<Refusal> = {},
): Refusal {
  return {
    ok: false,
    reason,
    never: rest.never ?? false,
    line,
    resource,
    dimension: rest.dimension ?? null,
    wanted: rest.wanted ?? 0,
    available: rest.available ?? 0,
    capacity: rest.capacity ?? 0,
    retryAt: rest.retryAt ?? null,
    watch: rest.watch ?? [],
  };
}

/** One sentence that says what is lacking, without the full stop. */
export function describeRefusal(refused: Refusal): string {
  const { resource, dimension, wanted, available, capacity } = refused;
  switch (refused.reason) {
    case "unknown_resource":
      return `no resource '${resource}' is registered`;
    case "unknown_dimension":
      return `resource '${resource}' has no dimension '${dimension}'`;
    case "below_minimum":
      return `${wanted} ${dimension} of '${resource}' is below the minimum request of ${capacity}`;
    case "above_maximum":
      return `${wanted} ${dimension} of '${resource}' is above the maximum request of ${capacity}`;
    case "capacity":
    case "rate":
      return refused.never
        ? `${wanted} ${dimension} of '${resource}' can never fit: the capacity is ${capacity}`
        : `${wanted} ${dimension} of '${resource}' wanted, ${available} of ${capacity} available`;
    case "users":
      return `resource '${resource}' is used by ${wanted} of at most ${capacity} users`;
    case "locked":
      return `'${resource}' is locked`;
    case "unavailable":
      return `resource '${resource}' is not available`;
  }
}
