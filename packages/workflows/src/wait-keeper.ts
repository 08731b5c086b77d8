import type { JsonObject } from "@orch/core";
import type { Turn } from "@orch/tasks";
import type { ExecutionMessage } from "./execution-message.ts";
import { keys } from "./execution-record.ts";
import { type Fact, itemEndedFact, stepEndedFact } from "./journal.ts";
import { type LiveExecution, noteCompletion, noteItem } from "./live-execution.ts";
import type { StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { recordOfWait } from "./step-record.ts";
import type { Wait } from "./wait.ts";

/** Characters of what a person is asked that its event tells; all of it is in the record. */
const MOST_TOLD = 1000;

/** Which wait is meant: of a step, or of an item of one. */
export type WaitPlace = Pick<Wait, "node" | "item">;

/** Told what became of an item that waited; the events and records are written already. */
type ItemEnded = (execution: LiveExecution, node: number, item: number, end: StepEnd, turn: Turn) => void;

/** Keeps what waits, steps and items of steps alike: in memory, with a record, an event for what happens, and a timer. */
export class WaitKeeper {
  readonly #stage: Stage;
  readonly #itemEnded: ItemEnded;

  constructor(stage: Stage, itemEnded: ItemEnded) {
    this.#stage = stage;
    this.#itemEnded = itemEnded;
  }

  find(execution: LiveExecution, { node, item }: WaitPlace): Wait | undefined {
    return item === null ? execution.waits.get(node) : execution.fans.get(node)?.waits.get(item);
  }

  /** Keeps it in memory alone: after a crash it begins from what is on disk. */
  remember(execution: LiveExecution, wait: Wait): void {
    const { node, item } = wait;
    if (item === null) execution.waits.set(node, wait);
    else execution.fans.get(node)?.waits.set(item, wait);
  }

  /** An attempt of it begins. */
  started(execution: LiveExecution, wait: WaitPlace & Pick<Wait, "attempt">, turn: Turn): void {
    this.#note(execution, wait, { type: "started", attempt: wait.attempt }, turn);
  }

  /** From now on it waits. */
  hold(execution: LiveExecution, wait: Wait, turn: Turn): void {
    const { until, request, child, item } = wait;
    this.remember(execution, wait);
    turn.put(keyOf(execution, wait), recordOfWait(wait, turn.at, null));
    const asked = "message" in request ? { message: request.message.slice(0, MOST_TOLD) } : {};
    const facts = {
      type: "waiting",
      kind: request.kind,
      until,
      child_execution_id: child,
      ...(item === null ? asked : {}),
    } as const;
    this.#note(execution, wait, facts, turn);
    if (until !== null) this.later(execution, wait, "time_is_over", Math.max(0, until - turn.at), turn);
  }

  /** It is to be tried again at `dueAt`; `end` is how the attempt before ended. */
  delay(execution: LiveExecution, wait: Wait, end: StepEnd, turn: Turn): void {
    const delayMs = Math.max(0, wait.dueAt - turn.at);
    this.remember(execution, wait);
    turn.put(keyOf(execution, wait), recordOfWait(wait, turn.at, end));
    const error = end.failure?.message ?? "";
    const facts = { type: "retrying", attempt: wait.attempt, error, delay_seconds: delayMs / 1000 } as const;
    this.#note(execution, wait, facts, turn);
    this.later(execution, wait, "next_attempt", delayMs, turn);
  }

  /** Posts a message about it after a while, in place of any other. */
  later(
    { id }: LiveExecution,
    wait: Wait,
    type: "time_is_over" | "next_attempt" | "child_undone",
    delayMs: number,
    turn: Turn,
  ): void {
    const { node, item, since } = wait;
    const message: ExecutionMessage = { type, id, node, item, since };
    this.#stage.postLater(timerOf(id, wait), message, delayMs, turn);
  }

  /** It waits no more. */
  end(execution: LiveExecution, wait: Wait, end: StepEnd, turn: Turn): void {
    this.forget(execution, wait, turn);
    this.finish(execution, wait, end, turn);
  }

  /** It waits no more, and has not ended. */
  forget(execution: LiveExecution, wait: Wait, turn: Turn): void {
    const { node, item } = wait;
    if (item === null) execution.waits.delete(node);
    else execution.fans.get(node)?.waits.delete(item);
    turn.afterCommit(() => this.#stage.stopTimer(timerOf(execution.id, wait)));
  }

  /** It ends as soon as it begins, or has waited long enough. */
  finish(execution: LiveExecution, wait: Wait, end: StepEnd, turn: Turn): void {
    const ms = Math.max(0, turn.at - wait.since);
    const record = recordOfWait({ ...wait, dueAt: 0 }, turn.at, end);
    this.close(execution, wait, { end, ms, record, child: undoableChild(wait) }, turn);
  }

  /** Its end, with the record that is left of it. */
  close(
    execution: LiveExecution,
    place: WaitPlace & Pick<Wait, "attempt">,
    { end, ms, record, child = null }: WaitEnd,
    turn: Turn,
  ): void {
    const { node, item, attempt } = place;
    const name = nameOf(execution, node);
    if (item !== null) {
      this.#stage.note(execution, itemEndedFact(name, item, end, { attempt, executionMs: ms }), turn);
      noteItem(execution, { node, item }, end, child);
      const completion = execution.doneItems.get(node)?.get(item)?.at;
      turn.put(keyOf(execution, place), withCompletion(record, completion));
      this.#itemEnded(execution, node, item, end, turn);
      return;
    }
    this.#stage.note(execution, stepEndedFact(name, attempt, ms, end), turn);
    noteCompletion(execution, node, end.status, child);
    turn.put(keyOf(execution, place), withCompletion(record, execution.completions.get(node)?.at));
    this.#stage.stepEnds(execution, node, end);
  }

  #note(
    execution: LiveExecution,
    { node, item }: WaitPlace,
    { type, ...facts }: { readonly type: "started" | "waiting" | "retrying" } & Record<string, unknown>,
    turn: Turn,
  ): void {
    const step_name = nameOf(execution, node);
    const fact =
      item === null
        ? { type: `step_${type}`, step_name, ...facts }
        : { type: `item_${type}`, step_name, item, ...facts };
    this.#stage.note(execution, fact as Fact, turn);
  }
}

/** The end of what waited. */
interface WaitEnd {
  readonly end: StepEnd;
  readonly ms: number;
  readonly record: JsonObject;
  /** The execution that it has run, which can be undone. @default null */
  readonly child?: string | null;
}

const withCompletion = (record: JsonObject, completion: number | undefined): JsonObject =>
  completion === undefined ? record : { ...record, completion };

/** One that goes its own way is none. */
const undoableChild = ({ request, child }: Wait): string | null =>
  request.kind === "workflow.run" && !request.detached ? child : null;

/** The timer of a wait. */
export const timerOf = (id: string, { node, item }: WaitPlace): string =>
  item === null ? `${id}/${node}` : `${id}/${node}/${item}`;

/** Where its record lies. */
export function keyOf(execution: LiveExecution, { node, item }: WaitPlace): string {
  const name = nameOf(execution, node);
  return item === null ? keys.step(execution.id, name) : keys.item(execution.id, name, item);
}

const nameOf = ({ run }: LiveExecution, node: number): string => run.compiled.graph.names[node] ?? "";
