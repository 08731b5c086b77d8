import { toIso } from "@orch/core";
import type { Amounts } from "./demand.ts";
import { amountsOf, resourceOf } from "./grant.ts";
import type { Ledger } from "./ledger.ts";
import type { Part } from "./ledger-state.ts";
import { describeRefusal, type Refusal, type RefusalReason } from "./refusal.ts";

/** One thing that a request lacks. */
export interface Lack {
  readonly resource_id: string;
  readonly reason: RefusalReason;
  /** A sentence for people. */
  readonly message: string;
  /** The short dimension, or `null` when it is not a matter of amounts. */
  readonly dimension: string | null;
  readonly wanted: number;
  readonly available: number;
  readonly capacity: number;
  /** Milliseconds until enough of a rate has flowed back or a burst may begin; `null` when a release is needed. */
  readonly retry_after_ms: number | null;
  /** Who holds what has to come back, oldest first; empty where others only go first, and where time helps. */
  readonly held_by: readonly {
    readonly user_id: string;
    readonly resource_id: string;
    readonly allocated: Amounts;
    readonly since: string;
  }[];
}

/** Why a request does not fit now. */
export interface Explanation {
  readonly fits: boolean;
  /** True when no release can make it fit. */
  readonly never: boolean;
  readonly lacks: readonly Lack[];
}

/** What `refusals` mean at monotonic time `now`, which is `wall` since the epoch. */
export function explanationOf(
  refusals: readonly Refusal[],
  ledger: Ledger,
  now: number,
  wall: number,
): Explanation {
  return {
    fits: refusals.length === 0,
    never: refusals.some(({ never }) => never),
    lacks: refusals.map((refused) => ({
      resource_id: refused.resource,
      reason: refused.reason,
      message: describeLack(refused),
      dimension: refused.dimension,
      wanted: refused.wanted,
      available: refused.available,
      capacity: refused.capacity,
      retry_after_ms: refused.retryAt === null ? null : Math.max(0, refused.retryAt - now),
      held_by: heldBy(refused, ledger).map((part) => ({
        user_id: part.grant.holder,
        resource_id: resourceOf(part),
        allocated: amountsOf(part),
        since: toIso(wall - Math.max(0, now - part.grant.at)),
      })),
    })),
  };
}

const heldBy = ({ obstacles, watch }: Refusal, ledger: Ledger): readonly Part[] =>
  obstacles?.held ?? watch.flatMap((id) => ledger.partsOf(id));

/** A lock that nobody holds in a mode that matters is not given since others have waited for it longer. */
function describeLack(refused: Refusal): string {
  const { reason, obstacles, resource } = refused;
  if (reason !== "locked" || !obstacles || obstacles.held.length > 0 || obstacles.before.length === 0)
    return describeRefusal(refused);
  return `others have waited longer for '${resource}'`;
}
