import type { JsonObject, ListOptions, StoreReader } from "@orch/core";
import { z } from "zod";
import type { BookEntry } from "./book-entry.ts";
import { TaskCancelledError } from "./errors.ts";
import { type Failure, failureOf } from "./failure.ts";
import { DEAD_LETTERS, deadLetterKey, TASK_ID } from "./task-key.ts";
import type { Turn } from "./turn.ts";

const rowSchema = z.object({
  name: z.string(),
  module: z.string(),
  action: z.string(),
  reason: z.enum(["failed", "timeout", "parked"]),
  code: z.string(),
  message: z.string(),
  suggestions: z.array(z.string()),
  attempts: z.int(),
  ended_at: z.number(),
});

/** A task that gave up, as plain data. */
export interface DeadLetter extends z.infer<typeof rowSchema> {
  readonly task_id: string;
}

/** Which dead letters are listed. */
export interface DeadLetterList {
  /** At most this many. @default 100 */
  readonly limit?: number;
  /** Those behind this id in the order of the list. */
  readonly after?: string;
}

/** Notes that a task gave up: it failed or ran out of time with no retry left, or was parked. */
export function writeDeadLetter({ live }: Pick<BookEntry, "live">, turn: Turn): void {
  const { spec, status, failure, attempt, endedAt } = live;
  if ((status !== "failed" && status !== "timeout") || failure === null) return;
  const { code, message, suggestions } = failure;
  turn.put(deadLetterKey(spec.id), {
    name: spec.name,
    module: spec.module,
    action: spec.action,
    reason: code === "EXECUTION_PARKED" ? "parked" : status,
    code,
    message,
    suggestions,
    attempts: attempt,
    ended_at: endedAt,
  } satisfies JsonObject);
}

/** Takes the note away for the task's next try; false when somebody else has done so. */
export function takeDeadLetter(id: string, turn: Turn): boolean {
  const key = deadLetterKey(id);
  const isThere = turn.writes.has(key)
    ? turn.writes.get(key) !== undefined
    : turn.store.get(key) !== undefined;
  turn.delete(key);
  return isThere;
}

/** Why a second next try of one dead letter does not run. */
export const takenAlready = (id: string): Failure =>
  failureOf(new TaskCancelledError(`Task '${id}' was submitted again or discarded already`));

/** The note about a task that gave up, or null. */
export function readDeadLetter(id: string, store: StoreReader): DeadLetter | null {
  return TASK_ID.test(id) ? letterOf(id, store.get(deadLetterKey(id))) : null;
}

/** Tasks that gave up, the highest id first: for ids that were made here that is the newest. O(what is listed). */
export function listDeadLetters(
  store: StoreReader,
  { limit = 100, after }: DeadLetterList = {},
): DeadLetter[] {
  const options: ListOptions = { limit, reverse: true };
  const rows = store.list(
    DEAD_LETTERS,
    after === undefined ? options : { ...options, after: deadLetterKey(after) },
  );
  return rows.flatMap(([key, row]) => letterOf(key.slice(DEAD_LETTERS.length), row) ?? []);
}

function letterOf(id: string, row: unknown): DeadLetter | null {
  const { data } = rowSchema.safeParse(row);
  return data ? { task_id: id, ...data } : null;
}

/** Whether a task may have given up: nobody else has a dead letter. */
export const mayHaveLetter = ({ live: { status } }: BookEntry): boolean =>
  status === "failed" || status === "timeout";
