import { type Clock, errorMessage, type Logger } from "@orch/core";
import type { AttemptLine, Turn } from "@orch/tasks";
import { keys } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import { keptFields, keptMessage, type Redact } from "./log-line.ts";
import { isFull, type LogEnd, logRows } from "./log-rows.ts";
import { logEnd } from "./stored-log.ts";
import type { TaskPlace } from "./task-place.ts";

/** Ticks for nothing but lines are this far from the last lines that were written, at least. */
const BETWEEN_MS = 50;

/** What {@link ExecutionLogs} need. */
export interface ExecutionLogsInit {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: Redact;
  /** Asks for a tick. */
  readonly wake: () => void;
}

/**
 * What the steps of executions log, on its way into the store. Lines are written with the next tick, whatever that is for;
 * one is asked for at once, in a burst 50 ms after the last one. So the lines of an attempt are on disk with its end at the
 * latest, and steps that log nothing pay nothing.
 */
export class ExecutionLogs {
  /** Whether a turn has lines to write. */
  isDue = false;
  readonly #init: ExecutionLogsInit;
  readonly #due = new Set<LiveExecution>();
  #nextAt = Number.NEGATIVE_INFINITY;
  #undoTimer: (() => void) | null = null;

  constructor(init: ExecutionLogsInit) {
    this.#init = init;
  }

  /** A step of an execution has logged a line. What comes after the end of the execution is left out. */
  add(step: string, { execution, part }: TaskPlace, { attempt, level, message, fields }: AttemptLine): void {
    if (execution.hasEnded || (execution.log !== null && isFull(execution.log))) return;
    const { clock, redact } = this.#init;
    const item = part.kind === "item" ? part.index : part.kind === "undo" ? part.item : null;
    execution.unlogged.push({
      at: clock.now(),
      step,
      ...(item === null ? {} : { item }),
      ...(part.kind === "undo" ? { undo: true } : {}),
      attempt,
      level,
      message: keptMessage(message, redact),
      ...(Object.keys(fields).length === 0 ? {} : { fields: keptFields(fields, redact) }),
    });
    this.#due.add(execution);
    if (!this.isDue) this.#askForTick();
    this.isDue = true;
  }

  /** Writes what was logged, in few records. */
  writeTo(turn: Turn): void {
    this.stop();
    this.isDue = false;
    this.#nextAt = turn.monotonic + BETWEEN_MS;
    for (const execution of this.#due) {
      const { id } = execution;
      let end = execution.log ?? this.#endOf(id, turn);
      for (const row of logRows(execution.unlogged, end)) {
        turn.put(keys.logRow(id, row.last - row.lines.length + 1), row as never);
        end = row;
      }
      execution.log = { last: end.last, size: end.size };
      execution.unlogged = [];
    }
    this.#due.clear();
  }

  /** Asks for no tick any more. */
  stop(): void {
    this.#undoTimer?.();
    this.#undoTimer = null;
  }

  #askForTick(): void {
    const { clock, wake } = this.#init;
    const delayMs = this.#nextAt - clock.monotonic();
    if (delayMs <= 0) wake();
    else this.#undoTimer = clock.setTimer(wake, delayMs);
  }

  /** A log that cannot be read ends no execution: it is not gone on with. */
  #endOf(id: string, { store }: Turn): LogEnd {
    try {
      return logEnd(id, store);
    } catch (error) {
      this.#init.logger.warn(`The log of execution '${id}' is not gone on with: ${errorMessage(error)}`, {
        execution_id: id,
      });
      return { last: 0, size: Number.POSITIVE_INFINITY };
    }
  }
}
