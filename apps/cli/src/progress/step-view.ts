import type { EngineEvent } from "@orch/engine";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import type { RunView } from "./run-view.ts";

/** How a step looks to who watches the run, or an item of one that runs a workflow for each. Times are milliseconds since the epoch. */
export interface StepView {
  readonly name: string;
  /** Names of the steps that it depends on. */
  readonly dependencies: readonly string[];
  /** How many steps lie before it on the longest way. */
  readonly level: number;
  /** Whether it only starts another workflow, and waits for nothing of it. */
  readonly isDetached: boolean;
  status: "waiting" | "running" | "retrying" | "completed" | "failed" | "timeout" | "cancelled" | "skipped";
  attempt: number;
  startedAt: number;
  endedAt: number;
  /** What the action says, why it was skipped, or what went wrong. */
  note: string;
  /** From 0 to 1; null where the action says nothing. */
  fraction: number | null;
  /** Items that have ended, of a step that has any. */
  itemsEnded: number;
  /** Those of them that did not complete. */
  itemsFailed: number;
  /** Of so many; 0 while that is not known. */
  items: number;
  /** Whether what it did was undone. */
  isUndone: boolean;
  /** The run of the workflow that it waits for; null while there is none. */
  inner: RunView | null;
  /** Items that run workflows, or whose workflow did not complete; by their index. */
  readonly running: Map<number, StepView>;
}

type Untouched = Omit<
  StepView,
  "name" | "dependencies" | "level" | "isDetached" | "attempt" | "inner" | "running"
>;

/** What a step has that has not begun. */
export const UNTOUCHED: Untouched = {
  status: "waiting",
  startedAt: 0,
  endedAt: 0,
  note: "",
  fraction: null,
  itemsEnded: 0,
  itemsFailed: 0,
  items: 0,
  isUndone: false,
};

/** What a step is from its definition. */
export type StepShape = Pick<StepView, "name" | "dependencies" | "level" | "isDetached">;

/** The view of a step that has not begun. */
export const stepView = (shape: StepShape): StepView => ({
  ...shape,
  attempt: 0,
  ...UNTOUCHED,
  inner: null,
  running: new Map(),
});

/** How a step that did not complete has ended, as a word: `failed`, `timed out`, `cancelled`. */
export const ended = (status: string): string => (status === "timeout" ? "timed out" : status);

/** How many items have ended, and how many of them not well: `12/100 items, 3 failed`. */
export function itemsNote({ items, itemsEnded, itemsFailed }: StepView): string {
  const of = items > 0 ? `${itemsEnded}/${count(items, "item")}` : count(itemsEnded, "item");
  return itemsFailed > 0 ? `${of}, ${itemsFailed} failed` : of;
}

/** An event of a step. */
export type StepEvent = Extract<EngineEvent, { readonly step_name: string }>;

/** Takes in an event of a step. */
export function applyToStep(step: StepView, event: StepEvent): void {
  if (isOfItem(event)) {
    applyToItems(step, event);
    return;
  }
  switch (event.type) {
    case "step_started":
      begin(step, event);
      return;
    case "step_progress":
      if (step.status === "running")
        Object.assign(step, { fraction: Math.min(1, Math.max(0, event.fraction)), note: event.text });
      return;
    case "step_retrying":
      Object.assign(step, { status: "retrying", endedAt: event.at, note: retryNote(event), fraction: null });
      return;
    case "step_completed":
      end(step, event.at, "completed", event.cached ? "from the cache" : itemsAtEnd(step));
      return;
    case "step_failed":
      end(step, event.at, event.status as StepView["status"], `${ended(event.status)}: ${event.error}`);
      return;
    case "step_skipped":
      Object.assign(step, { status: "skipped", endedAt: event.at, note: `skipped: ${event.reason}` });
      return;
    case "step_waiting":
      Object.assign(step, { note: event.child_execution_id === null ? waitNote(event) : "" });
      return;
    case "undo_completed":
      Object.assign(step, { isUndone: true, note: "undone" });
  }
}

const waitNote = ({ kind, message }: Extract<StepEvent, { type: "step_waiting" }>): string =>
  message === undefined ? `waits: ${kind}` : `waits: ${kind}: ${message}`;

function begin(step: StepView, event: Extract<StepEvent, { type: "step_started" }>): void {
  const { attempt, at: startedAt, items = 0, items_ended: itemsEnded = 0 } = event;
  Object.assign(step, UNTOUCHED, { status: "running", attempt, startedAt, items, itemsEnded });
  step.running.clear();
  if (items > 0) step.note = itemsNote(step);
}

const end = (step: StepView, endedAt: number, status: StepView["status"], note: string): void =>
  void Object.assign(step, { status, endedAt, note, fraction: null });

const itemsAtEnd = (step: StepView): string =>
  step.items === 0 ? "" : itemsNote({ ...step, itemsEnded: step.items });

/** Items whose workflow did not complete: so many of the first are kept to be shown. */
const MOST_KEPT = 10;

/** An event of an item of a step, its undo apart. */
type ItemEvent = Extract<StepEvent, { readonly type: `item_${string}` }>;

/** Whether an event is of an item of a step. */
export const isOfItem = (event: StepEvent): event is ItemEvent => event.type.startsWith("item_");

function applyToItems(step: StepView, event: ItemEvent): void {
  const item = step.running.get(event.item);
  if (event.type === "item_retrying" && item)
    Object.assign(item, { status: "retrying", endedAt: event.at, note: retryNote(event) });
  if (event.type === "item_failed" && item && step.itemsFailed >= MOST_KEPT) step.running.delete(event.item);
  else if (event.type === "item_failed" && item)
    end(item, event.at, event.status as StepView["status"], `${ended(event.status)}: ${event.error}`);
  if (event.type === "item_completed") step.running.delete(event.item);
  if (event.type !== "item_completed" && event.type !== "item_failed") return;
  step.itemsEnded += 1;
  if (event.type === "item_failed") step.itemsFailed += 1;
  if (step.status === "running") step.note = itemsNote(step);
}

const retryNote = ({
  attempt,
  delay_seconds,
  error,
}: {
  readonly attempt: number;
  readonly delay_seconds: number;
  readonly error: string;
}): string => `attempt ${attempt} failed, tries again in ${duration(delay_seconds * 1000)}: ${error}`;
