import type { JsonValue, StoreReader } from "@orch/core";
import { z } from "zod";
import { AccessMode } from "./access-mode.ts";
import type { Levels } from "./ledger-state.ts";

const amountsOfRecord = z.record(z.string(), z.number());
const modeSchema = z.enum(AccessMode);
const usageSchema = z.object({
  /** The id of a resource, or the name of a lock. */
  resource: z.string(),
  instance: z.string(),
  /**
   * Whether its process had a record `instances/<instance>` then, as one that runs tasks has as long as it lives: what it
   * has left when that is gone counts no more. Of others the store does not tell whether they live.
   */
  recorded: z.boolean().default(true),
  used: z.array(
    z.object({
      holder: z.string(),
      /** Milliseconds since the epoch. */
      since: z.number(),
      amounts: amountsOfRecord,
      mode: modeSchema.optional(),
    }),
  ),
  wanted: z
    .object({
      /** Its place among those who want the same, across instances: the lowest is served first. */
      ticket: z.int(),
      amounts: amountsOfRecord,
      mode: modeSchema.nullable(),
    })
    .nullable(),
});
const levelsSchema = z.object({
  resource: z.string(),
  /** The instance that wrote it, so that no two records are equal by chance; empty for one that runs no tasks. */
  by: z.string(),
  /** The tokens left of each rate at an instant in milliseconds since the epoch. */
  tokens: z.record(z.string(), z.object({ left: z.number(), at: z.number() })),
  burst: z.object({ started_at: z.number().nullable(), ended_at: z.number().nullable() }).nullable(),
  /** The run of the machine in which it was written, and how much the wall clock was ahead of the machine's own then. */
  machine: z.object({ boot: z.string(), wall_ahead: z.number() }).nullable().default(null),
});

/**
 * The record `usage/<resource>/<instance>`: what the tasks of one process hold of one resource or lock, and what those
 * that wait want of it. Written by that process only, in the transaction that decides; deleted when it is dead.
 */
export type UsageRecord = z.infer<typeof usageSchema>;

/** The record `levels/<resource>`: what is left of its rates, and its burst. Written by whoever grants. */
export type LevelsRecord = z.infer<typeof levelsSchema>;

/** `name` as part of a key: printable, without slashes, and different for different names. */
const asPath = (name: string): string =>
  name.replace(/[^\w.:-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The key of the usage of `resource` by `instance`. */
export const usageKey = (resource: string, instance: string): string =>
  `usage/${asPath(resource)}/${asPath(instance)}`;

/** The key of the levels of `resource`. */
export const levelsKey = (resource: string): string => `levels/${asPath(resource)}`;

/** All usage records by their keys. */
export const listUsage = (reader: StoreReader): (readonly [key: string, value: JsonValue])[] =>
  reader.list("usage/");

/** All records of levels by their keys. */
export const listLevels = (reader: StoreReader): (readonly [key: string, value: JsonValue])[] =>
  reader.list("levels/");

/** Throws what zod throws for a record that is none. */
export const parseUsage = (value: JsonValue): UsageRecord => usageSchema.parse(value);

/** Throws what zod throws for a record that is none. */
export const parseLevels = (value: JsonValue): LevelsRecord => levelsSchema.parse(value);

/** How the clock of a ledger, by which its instants are, stands to clocks that others can read. */
export interface LedgerTime {
  /** How much the wall clock is ahead of it. */
  readonly wallAhead: number;
  /** How much the clock of the machine is ahead of it, in the run `boot` of the machine; `null` where that is not known. */
  readonly machine: { readonly boot: string; readonly aheadMs: number } | null;
}

/** `levels`, whose instants are on the clock of `time`, as a record. */
export function levelsRecord(
  resource: string,
  by: string,
  { tokens, burst }: Levels,
  { wallAhead, machine }: LedgerTime,
): LevelsRecord {
  const wall = (at: number | null) => (at === null ? null : at + wallAhead);
  return {
    resource,
    by,
    tokens: Object.fromEntries(
      Object.entries(tokens).map(([name, { left, at }]) => [name, { left, at: at + wallAhead }]),
    ),
    burst: burst && { started_at: wall(burst.startedAt), ended_at: wall(burst.endedAt) },
    machine: machine && { boot: machine.boot, wall_ahead: wallAhead - machine.aheadMs },
  };
}

/**
 * The levels of a record on the clock of `time`, which shows `now`. In the same run of the machine they are told by its own
 * clock, so that setting the wall clock gives nothing back. Else an instant to come, which a wall clock that was set back
 * leaves behind, counts as now: nothing has flowed since.
 */
export function levelsOfRecord(record: LevelsRecord, time: LedgerTime, now: number): Levels {
  const { tokens, burst } = record;
  const ahead = aheadOf(record, time);
  const here = (at: number | null) => (at === null ? null : Math.min(now, at - ahead));
  return {
    tokens: Object.fromEntries(
      Object.entries(tokens).map(([name, { left, at }]) => [name, { left, at: Math.min(now, at - ahead) }]),
    ),
    burst: burst && { startedAt: here(burst.started_at), endedAt: here(burst.ended_at) },
  };
}

/** How much the wall clock by which a record was written is ahead of the clock of `time`. */
const aheadOf = ({ machine: then }: LevelsRecord, { wallAhead, machine }: LedgerTime): number =>
  then !== null && then.boot === machine?.boot ? then.wall_ahead + machine.aheadMs : wallAhead;
