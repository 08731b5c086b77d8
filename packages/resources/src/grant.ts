import type { AccessMode } from "./access-mode.ts";
import type { Amounts } from "./demand.ts";
import type { Grant, Part } from "./ledger-state.ts";
import { fromUnits } from "./quantity.ts";

/** One line of a grant as plain data, enough to make it again after a restart. */
export interface GrantLine {
  /** The id of the resource, or the name of the lock. */
  readonly resource: string;
  /** Amounts by dimension; empty for a plain lock. */
  readonly amounts: Amounts;
  /** The lock that is held on `resource`, if any. */
  readonly mode?: AccessMode;
}

/** The id of the resource that `part` holds, or the name of its lock. */
export const resourceOf = (part: Part): string => part.fitting?.pool.id ?? part.lock ?? "";

/** The lines of `grant`, or `null` when it is none. */
export function partsOf(grant: Grant): readonly Part[] | null {
  const parts: unknown = grant.parts;
  const areItsOwn =
    Array.isArray(parts) && parts.every((part: Part | null) => part?.grant === grant && "tag" in part);
  return areItsOwn ? parts : null;
}

/** The amounts that `part` holds by dimension; empty for a plain lock. */
export function amountsOf(part: Part): Record<string, number> {
  const amounts: Record<string, number> = {};
  part.fitting?.dims.forEach((dimension, index) => {
    amounts[dimension.name] = fromUnits(part.fitting?.need[index] ?? 0, dimension.scale);
  });
  return amounts;
}

/** The live lines of `grant` as plain JSON data, in the order of the demand. */
export function grantLines(grant: Grant): GrantLine[] {
  return grant.parts
    .filter((part) => part.live)
    .map((part) => ({
      resource: resourceOf(part),
      amounts: amountsOf(part),
      ...(part.lock === null ? {} : { mode: part.mode }),
    }));
}

/** Who holds something of a resource or lock, and since when. */
export interface Holding {
  readonly holder: string;
  readonly amounts: Amounts;
  /** Milliseconds on the caller's clock. */
  readonly since: number;
  /** The lock held, if any. */
  readonly mode: Part["mode"] | null;
}

/** What `part` holds, for a person to read. */
export const holdingOf = (part: Part): Holding => ({
  holder: part.grant.holder,
  amounts: amountsOf(part),
  since: part.grant.at,
  mode: part.lock === null ? null : part.mode,
});
