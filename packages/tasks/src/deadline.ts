import type { BookEntry } from "./book-entry.ts";
import type { BookMessage } from "./book-message.ts";
import { TaskTimeoutError } from "./errors.ts";
import { type Failure, failureOf } from "./failure.ts";
import { isOver } from "./live-task.ts";
import type { Participant } from "./participant.ts";
import type { Turn } from "./turn.ts";

/**
 * Ends the task when its whole time is over, waiting and retries included; nothing of it starts after that, however late the
 * timer fires. What is left of it is worked out from the time of its creation, so that it goes on after a death; however the
 * wall clock has jumped, it is never more than the whole. Returns why the task ends when nothing is left of it, else null.
 */
export function armDeadline(entry: BookEntry, turn: Turn, book: Participant): Failure | null {
  const { totalTimeoutMs: total, createdAtMs, id, name } = entry.spec;
  if (!total) return null;
  const delayMs = Math.min(total, Math.max(0, createdAtMs + total - turn.at));
  const failure = failureOf(
    new TaskTimeoutError(`Task '${name}' was not finished after ${total / 1000} seconds`, {
      retryable: false,
      details: { task: name, total_timeout_ms: total },
      suggestions: ["Give it more time, or ask why(id) what it waits for while it does."],
    }),
  );
  const deadline = { atMs: turn.monotonic + delayMs, failure };
  entry.live.deadline = deadline;
  if (isOver(deadline, turn)) return failure;
  const message: BookMessage = { type: "cancel", id, failure, status: "timeout" };
  turn.commands.push({
    type: "post_later",
    task: entry,
    delayMs,
    input: { type: "message", to: book, message },
  });
  return null;
}

/** The task has ended. */
export function disarmDeadline(entry: BookEntry, turn: Turn): void {
  entry.live.deadline = null;
  turn.commands.push({ type: "post_nothing", task: entry });
}
