import { type JsonObject, OrchestrationError, type StoreReader } from "@orch/core";
import {
  type BacklogRow,
  type BacklogTask,
  backlogOf,
  keysOfMarks,
  type Marks,
  marksOf,
  recordIn,
  remainsInRow,
} from "./backlog-row.ts";
import { type BookEntry, bookEntry } from "./book-entry.ts";
import type { Concurrency } from "./concurrency.ts";
import { damagedKey } from "./damaged-record.ts";
import { writeDeadLetter } from "./dead-letter.ts";
import { type Failure, failureOf } from "./failure.ts";
import { fence, readInstance } from "./instance.ts";
import type { Participant } from "./participant.ts";
import { backoffMs } from "./retry-policy.ts";
import { restore, storedLive } from "./shown-task.ts";
import { taskKey } from "./task-key.ts";
import { type TaskRecord, taskOf } from "./task-record.ts";
import { givenUp, type TaskRemains, unreadable } from "./task-remains.ts";
import { requestOf, type TaskRequest } from "./task-request.ts";
import type { SingleTaskSpec } from "./task-spec.ts";
import { isTerminalStatus } from "./task-status.ts";
import type { Turn } from "./turn.ts";

/** Rows of a backlog that one tick looks at: each holds what came in one tick, 128 tasks at most. */
const ROWS_PER_TICK = 4;
/** One tick adopts no further row once it has this many tasks. */
const TASKS_PER_TICK = 128;
/** A task whose attempt was lost with its process this often in a row is not started again: it may be what kills it. */
const PARK_AFTER = 3;
/** From this many on they start one at a time, so that the one that kills the process is found and no other is parked. */
const SUSPECT_AFTER = 2;

/** A task that cannot be adopted yet, because its action is not known here. */
export interface WaitingTask {
  readonly taskId: string;
  readonly module: string;
  readonly action: string;
}

/** What came of a part of the backlog of a dead instance. */
export interface AdoptedSlice {
  readonly adopted: readonly BookEntry[];
  /** Ids of tasks that cannot be gone on with: their records are damaged, or their resources are not there any more. */
  readonly failed: readonly string[];
  readonly waiting: readonly WaitingTask[];
  /** Why rows cannot be read: nobody knows which tasks they hold, and they stay where they are. */
  readonly damages: readonly OrchestrationError[];
  /** Where the rest begins, or null when there is none. */
  readonly next: string | null;
}

/** Asks to take over a part of the backlog of an instance that is dead. */
export interface AdoptMessage {
  readonly type: "adopt";
  readonly owner: string;
  /** The sign of life that it had when it was found dead; null when it had none. */
  readonly beat: number | null;
  readonly after: string | null;
  readonly isKnown: (module: string, action: string) => boolean;
  /** Throws for a task that cannot be run any more. */
  readonly specOf: (
    request: TaskRequest,
    options: { readonly idempotencyKey: string; readonly isSuspect: boolean },
  ) => SingleTaskSpec;
  readonly done: (slice: AdoptedSlice) => void;
}

/** The tasks of a slice as entries, oldest first, and what is told after the commit. */
export interface Adoption {
  readonly entries: readonly BookEntry[];
  readonly slice: AdoptedSlice;
  readonly rows: readonly BacklogRow[];
}

/**
 * Takes over a part of the backlog of a dead instance, in the tick's transaction: fences the instance, reads the records
 * of its tasks, takes its rows away. An attempt that was in flight counts as lost. What has ended is left alone, what
 * cannot be run here stays for somebody else.
 */
export function adopt(
  message: AdoptMessage,
  turn: Turn,
  owner: Participant,
  concurrency: Concurrency,
): Adoption {
  const { after } = message;
  const found = hasStirred(message, turn)
    ? []
    : backlogOf(message.owner, turn.store, { after, limit: ROWS_PER_TICK });
  let tasks = 0;
  const rows = found.filter((row) => {
    const isTaken = tasks < TASKS_PER_TICK;
    tasks += row.tasks.length;
    return isTaken;
  });
  const readable = rows.filter(({ damage }) => damage === null);
  const adoption = new Adopting(message, turn, owner, concurrency);
  for (const row of readable) adoption.take(row);
  if (readable.length > 0) fence(message.owner, turn);
  adoption.end();
  const isLast = rows.length === found.length && found.length < ROWS_PER_TICK;
  const next = isLast ? null : (rows.at(-1)?.key ?? null);
  const damages = rows.flatMap(({ damage }) => damage ?? []);
  return { ...adoption.result({ next, damages }), rows: readable };
}

/** Whether the owner has given a sign of life since: where nothing else tells, it was only slow. */
function hasStirred({ owner, beat }: AdoptMessage, turn: Turn): boolean {
  const record = readInstance(owner, turn.store);
  return record !== null && !record.fenced && record.beat !== beat;
}

/** Whether the rows that were adopted are as they were: by the time a failed commit is tried again somebody else may have them. */
export const areUntouched = (rows: readonly BacklogRow[], store: StoreReader): boolean =>
  rows.every(({ key, tasks }) => {
    const stored = store.get(key);
    return Array.isArray(stored) && stored.length === tasks.length;
  });

class Adopting {
  readonly #message: AdoptMessage;
  readonly #turn: Turn;
  readonly #owner: Participant;
  readonly #concurrency: Concurrency;
  readonly #marks: Marks;
  readonly #entries: BookEntry[] = [];
  readonly #failed: string[] = [];
  readonly #waiting: WaitingTask[] = [];

  constructor(message: AdoptMessage, turn: Turn, owner: Participant, concurrency: Concurrency) {
    this.#message = message;
    this.#turn = turn;
    this.#owner = owner;
    this.#concurrency = concurrency;
    this.#marks = marksOf(message.owner, turn.store);
  }

  take({ key, tasks }: BacklogRow): void {
    const left = tasks.filter((task) => !this.#takeTask(task));
    if (left.length === 0) this.#turn.delete(key);
    else if (left.length < tasks.length)
      this.#turn.put(
        key,
        left.map(({ stored }) => stored),
      );
  }

  /** With the last row goes what has changed of its tasks. */
  end(): void {
    const { owner } = this.#message;
    const { store, writes } = this.#turn;
    const rows = backlogOf(owner, store, { limit: ROWS_PER_TICK + 1 });
    if (rows.some(({ key }) => !writes.has(key) || writes.get(key) !== undefined)) return;
    for (const key of keysOfMarks(owner, store)) this.#turn.delete(key);
  }

  result(rest: Pick<AdoptedSlice, "next" | "damages">): Omit<Adoption, "rows"> {
    return {
      entries: this.#entries,
      slice: { adopted: this.#entries, failed: this.#failed, waiting: this.#waiting, ...rest },
    };
  }

  /** Whether it is done with: false for a task that stays where it is. */
  #takeTask(waiting: BacklogTask): boolean {
    const { id } = waiting;
    const record = this.#recordOf(waiting);
    if (record === null || isTerminalStatus(record.status)) return true;
    const { module, action } = record;
    if (!this.#message.isKnown(module, action)) {
      this.#waiting.push({ taskId: id, module, action });
      return false;
    }
    try {
      this.#entries.push(this.#entryOf(id, record));
    } catch (error) {
      this.#giveUp(id, record, error, { isDamaged: false });
    }
    return true;
  }

  /** The record of a task; null for one that is damaged: its task ends with that, unless it had ended before. */
  #recordOf(waiting: BacklogTask): TaskRecord | null {
    const { store } = this.#turn;
    try {
      const record = recordIn(waiting, this.#marks, store);
      if (record === null) throw unreadable(waiting.id);
      return record;
    } catch (error) {
      if (damagedKey(error) === null) throw error;
      const remains = remainsInRow(waiting, this.#marks, store);
      if (!isTerminalStatus(remains.status ?? ""))
        this.#giveUp(waiting.id, remains, error, { isDamaged: true });
      return null;
    }
  }

  #giveUp(
    id: string,
    remains: TaskRemains,
    error: unknown,
    { isDamaged }: { readonly isDamaged: boolean },
  ): void {
    const record = givenUp(id, remains, { error, at: this.#turn.at, isDamaged });
    this.#failed.push(id);
    this.#turn.put(taskKey(id), record as unknown as JsonObject);
    writeDeadLetter({ live: storedLive(id, record) }, this.#turn);
  }

  #entryOf(id: string, record: TaskRecord): BookEntry {
    const request = requestOf(taskOf(id, record));
    const wasLost = record.status === "running" && record.due_at === undefined;
    const recoveries = record.recoveries + (wasLost ? 1 : 0);
    const spec = this.#message.specOf(request, {
      idempotencyKey: record.idempotency_key ?? id,
      isSuspect: recoveries >= SUSPECT_AFTER,
    });
    const group = this.#concurrency.enter(request);
    const entry = bookEntry(spec, { owner: this.#owner, group });
    const live = restore(entry.live, record);
    // However the wall clock has jumped meanwhile, no delay gets longer than it can have been.
    live.dueAt = Math.min(live.dueAt, this.#turn.at + backoffMs(spec.retry, Math.max(1, live.failures), 1));
    if (recoveries >= PARK_AFTER) live.failure = parked(spec, recoveries);
    // What depends on nothing any more had its placeholders resolved before.
    entry.resolved = record.status !== "blocked";
    entry.recoveries = recoveries;
    entry.reruns = record.reruns;
    entry.isApart = this.#turn.store.get(taskKey(id)) !== undefined;
    return entry;
  }
}

/** Whether an adopted task is set aside instead of being started again. */
export const isParked = ({ recoveries, live }: BookEntry): boolean =>
  recoveries >= PARK_AFTER && live.failure?.code === "EXECUTION_PARKED";

const parked = ({ id, name }: SingleTaskSpec, recoveries: number): Failure =>
  failureOf(
    new OrchestrationError(
      `Task '${name}' was set aside: its process died ${recoveries} times in a row while it ran`,
      {
        code: "EXECUTION_PARKED",
        retryable: false,
        details: { task_id: id, recoveries },
        suggestions: [
          "Find out why the process died: memory, a native module, process.exit.",
          "Then submit it again with retryDeadLetter, or let it go with discardDeadLetter.",
        ],
      },
    ),
  );
