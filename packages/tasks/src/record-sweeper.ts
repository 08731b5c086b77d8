import { RecordSweep } from "./record-sweep.ts";
import type { Retention } from "./retention.ts";
import { Sweeper } from "./sweeper.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import type { TaskShelf } from "./task-shelf.ts";

const BETWEEN_MS = 600_000;
/** Fewer ends than this are not worth a round of their own. */
const LEAST_ENDED = 1000;

/** What the records of an orchestrator are deleted with. */
interface Kept {
  readonly runtime: TaskRuntime;
  readonly book: TaskBook;
  readonly shelf: TaskShelf;
  readonly retention: Retention;
}

/** Deletes the records of an orchestrator's store. What leaves the disk leaves memory. */
export function recordSweeper({ runtime, book, shelf, retention }: Kept): Sweeper {
  const { store, clock, instance } = runtime;
  const newRound = () =>
    new RecordSweep({
      ...{ store, clock, instance, retention },
      isNeeded: (id) => (book.find(id)?.needed ?? 0) > 0,
      deleted: (ids) => {
        const entries = ids.flatMap((id) => shelf.here(id) ?? book.entry(id) ?? []);
        book.forgetEnded(entries);
        shelf.remove(entries);
      },
    });
  const sweeper = new Sweeper(runtime, {
    subject: "Records of tasks",
    betweenMs: BETWEEN_MS,
    mostEnded: Math.max(LEAST_ENDED, retention.maxCount),
    newRound,
  });
  // In a memory store records go with what is in memory.
  if (shelf.isVolatile) sweeper.close();
  return sweeper;
}
