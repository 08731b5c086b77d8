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

/** `levels`, whose instants are on a clock that is `offset` behind the wall clock, as a record. */
export function levelsRecord(
  resource: string,
  by: string,
  { tokens, burst }: Levels,
  offset: number,
): LevelsRecord {
  const wall = (at: number | null) => (at === null ? null : at + offset);
  return {
    resource,
    by,
    tokens: Object.fromEntries(
      Object.entries(tokens).map(([name, { left, at }]) => [name, { left, at: at + offset }]),
    ),
    burst: burst && { started_at: wall(burst.startedAt), ended_at: wall(burst.endedAt) },
  };
}

/**
 * The levels of a record on a clock that is `offset` behind the wall clock and shows `now`. An instant to come, which a
 * wall clock that was set back leaves behind, counts as now: nothing has flowed since.
 */
export function levelsOfRecord({ tokens, burst }: LevelsRecord, offset: number, now: number): Levels {
  const here = (at: number | null) => (at === null ? null : Math.min(now, at - offset));
  return {
    tokens: Object.fromEntries(
      Object.entries(tokens).map(([name, { left, at }]) => [name, { left, at: Math.min(now, at - offset) }]),
    ),
    burst: burst && { startedAt: here(burst.started_at), endedAt: here(burst.ended_at) },
  };
}
