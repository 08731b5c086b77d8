import { needDuration, needOptions, wrongArgument } from "@orch/core/base";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long tasks that have ended are kept, and how many. An operator's choice, never a caller's. `Infinity` is no limit. */
export interface TaskRetention {
  /**
   * How many stay in memory, the last ones; those that others still need stay, too.
   * @default 10000 where memory is the store, else 1000
   */
  readonly inMemory?: number;
  /** How long a store on disk keeps a record after the end of its task, milliseconds. @default 30 days */
  readonly maxAgeMs?: number;
  /** How many records a store on disk keeps, those that ended last. @default 10000 */
  readonly maxCount?: number;
  /**
   * How long an id of the caller's own stays taken after the end of its task, milliseconds: so long its record is kept even
   * beyond `maxCount`, and nothing runs twice under it. @default 24 hours
   */
  readonly ownIdsMs?: number;
  /** How long a dead letter, its task's record and what that depended on are kept, milliseconds. @default 90 days */
  readonly deadLetterMaxAgeMs?: number;
  /** How many dead letters are kept, those that ended last. @default 10000 */
  readonly deadLetterMaxCount?: number;
}

/** The same, with every value decided. */
export type Retention = Required<TaskRetention>;

const DEFAULTS: Omit<Retention, "inMemory"> = {
  maxAgeMs: 30 * DAY_MS,
  maxCount: 10_000,
  ownIdsMs: DAY_MS,
  deadLetterMaxAgeMs: 90 * DAY_MS,
  deadLetterMaxCount: 10_000,
};

/** How many stay in memory where memory is the store. */
const MOST_VOLATILE = 10_000;
/** How many stay there where they can be read from the disk: what is kept for long grows old and costs a slow collection. */
const MOST_DURABLE = 1000;

const NAMES = {
  inMemory: true,
  maxAgeMs: true,
  maxCount: true,
  ownIdsMs: true,
  deadLetterMaxAgeMs: true,
  deadLetterMaxCount: true,
} as const satisfies Record<keyof TaskRetention, true>;

/** What is kept; a number stands for that many in memory. Throws INVALID_PARAMETERS. */
export function retentionOf(
  given: number | TaskRetention | undefined,
  { isVolatile }: { readonly isVolatile: boolean },
): Retention {
  if (typeof given === "number") return { ...DEFAULTS, inMemory: checkMany("retention", given) };
  const inMemory = isVolatile ? MOST_VOLATILE : MOST_DURABLE;
  const kept = { ...DEFAULTS, inMemory };
  if (given === undefined) return kept;
  needOptions("the options of a retention", given, NAMES);
  for (const name of Object.keys(NAMES) as (keyof TaskRetention)[]) {
    const value = given[name];
    if (value === undefined) continue;
    const path = `retention.${name}`;
    kept[name] = name.endsWith("Ms") ? needDuration(path, value) : checkMany(path, value);
  }
  return kept;
}

function checkMany(path: string, many: unknown): number {
  if (many === Number.POSITIVE_INFINITY || (Number.isSafeInteger(many) && Number(many) >= 0))
    return Number(many);
  throw wrongArgument(path, "a whole number from 0", many);
}
