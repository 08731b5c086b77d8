import type { RunnersOptions, TaskRetention } from "@orch/tasks";
import { z } from "zod";

const DAY_MS = 86_400_000;

const count = z.number().int().min(1);
/** MiB: with less neither a thread nor a process starts. */
const memory = z.number().int().min(16);
/** `null` is no limit. */
const limit = z.number().int().min(0).nullable();
const days = z.number().min(0).nullable();

/** The keys of the file that say where and how long attempts run that do not run in this thread. */
export const runnersSchema = z
  .strictObject({
    threads: count,
    thread_heap_mb: memory,
    process_memory_mb: memory,
    process_env: z.array(z.string().min(1)),
    cancel_grace_ms: z.number().min(0),
  })
  .partial();

/** The keys of the file that say how long tasks that have ended are kept. */
export const retentionSchema = z
  .strictObject({
    in_memory: limit,
    max_age_days: days,
    max_count: limit,
    own_ids_days: days,
    dead_letter_max_age_days: days,
    dead_letter_max_count: limit,
  })
  .partial();

/** The options of runners that a file asks for. */
export function runnersOf(file: z.infer<typeof runnersSchema> = {}): RunnersOptions {
  return defined({
    threads: file.threads,
    threadHeapMb: file.thread_heap_mb,
    processMemoryMb: file.process_memory_mb,
    processEnv: file.process_env,
    cancelGraceMs: file.cancel_grace_ms,
  });
}

/** The retention that a file asks for. */
export function retentionOf(file: z.infer<typeof retentionSchema> = {}): TaskRetention {
  return defined({
    inMemory: limitOf(file.in_memory),
    maxAgeMs: limitOf(file.max_age_days, DAY_MS),
    maxCount: limitOf(file.max_count),
    ownIdsMs: limitOf(file.own_ids_days, DAY_MS),
    deadLetterMaxAgeMs: limitOf(file.dead_letter_max_age_days, DAY_MS),
    deadLetterMaxCount: limitOf(file.dead_letter_max_count),
  });
}

/** JSON has no Infinity. */
const limitOf = (value: number | null | undefined, unit = 1): number | undefined =>
  value === null ? Number.POSITIVE_INFINITY : value && value * unit;

type Defined<Given> = { readonly [Key in keyof Given]?: Exclude<Given[Key], undefined> };

/** Without the values that are undefined: what is left out has its default. */
const defined = <Given extends object>(given: Given): Defined<Given> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<Given>;
