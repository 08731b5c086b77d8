import { type Clock, isObject, type JsonValue, type Store, type StoreReader } from "@orch/core";
import type { Instance } from "./instance.ts";
import { NeededIds } from "./needed-ids.ts";
import type { Ended } from "./newest-ends.ts";
import type { Retention } from "./retention.ts";
import { SweepPass } from "./sweep-pass.ts";
import { DEAD_LETTERS, deadLetterKey, isMadeHere, taskKey } from "./task-key.ts";
import { isTerminalStatus, type TaskStatus } from "./task-status.ts";

const TASKS = taskKey("");
const FIELDS = ["status", "ended_at", "created_at"];
/** Rows of other processes' backlogs that one step reads: 128 tasks each at most. */
const BACKLOG_ROWS = 8;
/** A step is to take about this long. */
const STEP_MS = 2;

/** Any time is longer, also one that is below 0 because the clock was set back. */
const NO_TIME = Number.NEGATIVE_INFINITY;

/** Records that have to go: of tasks, or dead letters. */
interface Doomed {
  readonly areTasks: boolean;
  readonly ended: readonly Ended[];
}

/** What a {@link RecordSweep} works with. */
export interface RecordSweepInit {
  readonly store: Store;
  readonly clock: Clock;
  readonly instance: Pick<Instance, "id" | "check">;
  readonly retention: Retention;
  /** Whether an unfinished task of this process depends on it. */
  readonly isNeeded: (id: string) => boolean;
  /** The records of these tasks were deleted. */
  readonly deleted: (ids: readonly string[]) => void;
}

/**
 * One round over what is recorded of tasks that have ended: first the dead letters, then the tasks. What is too old or too
 * many goes, a bounded number in a transaction of its own, in which is asked again whether anybody needs it. Processes
 * that do this at the same time, or die while they do, do not harm each other.
 */
export class RecordSweep {
  readonly #init: RecordSweepInit;
  readonly #needed: NeededIds;
  readonly #letters: SweepPass;
  readonly #tasks: SweepPass;
  #knowsNeeded = false;
  /** Found, and not deleted yet. */
  #doomed: Doomed | null = null;

  constructor(init: RecordSweepInit) {
    const { retention, store, instance } = init;
    this.#init = init;
    this.#needed = new NeededIds(instance.id);
    this.#letters = new SweepPass({
      prefix: DEAD_LETTERS,
      fields: FIELDS,
      maxCount: retention.deadLetterMaxCount,
      maxAgeMs: () => retention.deadLetterMaxAgeMs,
      leastMs: () => NO_TIME,
      endOf: (_id, letter) => letterEnd(letter),
    });
    const leastMs = (id: string) => (isMadeHere(id) ? NO_TIME : retention.ownIdsMs);
    this.#tasks = new SweepPass({
      prefix: TASKS,
      fields: FIELDS,
      maxCount: retention.maxCount,
      maxAgeMs: (id) => Math.max(retention.maxAgeMs, leastMs(id)),
      leastMs,
      endOf: (id, record) => (gaveUp(id, record, store) ? null : taskEnd(record)),
    });
  }

  /** Does a bounded part of it; false when the round is over. Throws what the store throws: the step is done again then. */
  step(): boolean {
    if (this.#doomed !== null) this.#delete(this.#doomed);
    else if (!this.#knowsNeeded) this.#knowsNeeded = this.#needed.look(this.#init.store, BACKLOG_ROWS);
    else this.#find();
    return !this.#tasks.isOver || this.#doomed !== null;
  }

  #find(): void {
    const { store, clock } = this.#init;
    const areTasks = this.#letters.isOver;
    const pass = areTasks ? this.#tasks : this.#letters;
    const began = clock.monotonic();
    const found = pass.next(store, clock.now());
    pass.took(clock.monotonic() - began, STEP_MS);
    const ended = areTasks ? found.filter(({ id }) => !this.#isNeeded(id)) : found;
    if (ended.length === 0) return;
    this.#doomed = { areTasks, ended };
    this.#delete(this.#doomed);
  }

  #delete({ areTasks, ended }: Doomed): void {
    const { store, instance, deleted } = this.#init;
    const [keyOf, endOf] = areTasks ? ([taskKey, taskEnd] as const) : ([deadLetterKey, letterEnd] as const);
    const isAsItWas = ({ id, endedAt }: Ended, tx: StoreReader) => {
      const now = fieldsAt(keyOf(id), tx);
      return now !== null && endOf(now) === endedAt;
    };
    const gone = store.transact((tx) => {
      instance.check(tx);
      if (areTasks) this.#needed.look(tx);
      const going = ended.filter((each) => isAsItWas(each, tx) && !(areTasks && this.#isKept(each.id, tx)));
      for (const { id } of going) tx.delete(keyOf(id));
      return going;
    });
    this.#doomed = null;
    if (areTasks && gone.length > 0) deleted(gone.map(({ id }) => id));
  }

  #isNeeded(id: string): boolean {
    return this.#needed.has(id) || this.#init.isNeeded(id);
  }

  /** Asked within the transaction: somebody may need it since it was found. */
  #isKept(id: string, tx: StoreReader): boolean {
    return this.#isNeeded(id) || tx.get(deadLetterKey(id)) !== undefined;
  }
}

type Fields = Readonly<Record<string, JsonValue>>;

/** When a task gave up, or null for what is no dead letter. */
const letterEnd = ({ ended_at }: Fields): number | null => (typeof ended_at === "number" ? ended_at : null);

/** When a task has ended, as its record says, or null. */
function taskEnd({ status, ended_at, created_at }: Fields): number | null {
  if (!isTerminalStatus(status as TaskStatus)) return null;
  // One of which no end is known is as old as its task.
  const at = Number(ended_at) > 0 ? ended_at : created_at;
  return typeof at === "number" ? at : null;
}

/** Whether there is a dead letter of a task: its record is needed to submit it again. */
const gaveUp = (id: string, { status }: Fields, store: StoreReader): boolean =>
  (status === "failed" || status === "timeout") && store.get(deadLetterKey(id)) !== undefined;

/** What a record says of its end, or null when there is none: its id may have been used again since it was found. */
function fieldsAt(key: string, tx: StoreReader): Fields | null {
  const [found] = tx.list(key, { limit: 1, fields: FIELDS });
  return found?.[0] === key && isObject(found[1]) ? (found[1] as Fields) : null;
}
