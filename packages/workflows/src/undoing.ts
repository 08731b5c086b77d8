import { type JsonValue, placeholdersIn } from "@orch/core";
import type { LiveTask } from "@orch/tasks";
import type { LiveExecution } from "./live-execution.ts";
import type { RunEnd } from "./run-change.ts";
import type { StepRecord } from "./stored-step.ts";
import type { WorkflowStep } from "./workflow-step.ts";

/** That a step has completed. */
export interface Completion {
  /** The number of the event. */
  readonly at: number;
  /** The execution that it has run; null for any other step. */
  readonly child: string | null;
}

/** An item of a `foreach` step that has completed. */
export interface DoneItem {
  /** The number of the event. */
  readonly at: number;
  readonly output: JsonValue;
  /** The execution that it has run; null for any other item. */
  readonly child: string | null;
}

/** Something that was done and can be undone by itself: a step, an item of one, or an execution that one has run. */
export interface DonePart {
  readonly node: number;
  /** Null for a step as a whole. */
  readonly item: number | null;
  /** An execution whose own steps say how they are undone; null where this one's step does. */
  readonly child: string | null;
  /** The number of the event with which it completed. */
  readonly at: number;
}

/** What is being undone in an execution that has failed or was cancelled. */
export interface Undoing {
  /** How the execution ends afterwards. */
  readonly end: RunEnd;
  /** What is still to be undone; the next one is the last. */
  readonly left: DonePart[];
  /** What could not be undone. */
  readonly errors: string[];
  /** The one that is undone now: by a task, or as an execution of its own. */
  task: LiveTask | null;
  part: DonePart | null;
  /** What undos before left behind, by the name of the part. */
  readonly earlier: ReadonlyMap<string, StepRecord>;
  /** The lists of the steps whose items are undone one by one. */
  readonly lists: Map<number, readonly JsonValue[]>;
}

/** Digits of an index: keys are in the order of the numbers. */
const DIGITS = 10;

/** What stands for a part among the undos of an execution: the name of its step, with the number of the item. */
export const undoName = (step: string, item: number | null): string =>
  item === null ? step : `${step}/${String(item).padStart(DIGITS, "0")}`;

/** The step of an {@link undoName}. */
export const stepOfUndo = (name: string): string => name.split("/", 1)[0] ?? name;

/** Whether each item of a step is undone by itself, since its undo asks for the item. */
export const isUndonePerItem = ({ foreach, undo }: WorkflowStep): boolean =>
  foreach !== null &&
  undo !== null &&
  placeholdersIn(undo.parameters).some(
    ({ form, name }) => form === "braces" && (name === "item" || name === "index"),
  );

/**
 * What is to be undone, the last to complete at the end; `undone` are the names of the parts whose undo has ended. Pure;
 * O(n log n) for n steps and items.
 */
export function partsToUndo(
  execution: Pick<LiveExecution, "completions" | "doneItems" | "run">,
  undone: (name: string) => boolean,
): DonePart[] {
  const { steps } = execution.run.compiled;
  const parts = steps.flatMap((step, node) => partsOf(execution, step, node));
  return parts
    .filter(({ node, item }) => !undone(undoName(steps[node]?.name ?? "", item)))
    .sort((a, b) => a.at - b.at);
}

function partsOf(
  { completions, doneItems }: Pick<LiveExecution, "completions" | "doneItems">,
  step: WorkflowStep,
  node: number,
): DonePart[] {
  const completion = completions.get(node);
  const items = [...(doneItems.get(node) ?? [])];
  if (step.undo === null) {
    const { at = 0, child = null } = completion ?? {};
    const children = items.map(([item, done]) => ({ node, item, child: done.child, at: done.at }));
    return [{ node, item: null, child, at }, ...children].filter((part) => part.child !== null);
  }
  if (isUndonePerItem(step)) return items.map(([item, { at }]) => ({ node, item, child: null, at }));
  const last = items.reduce((latest, [, { at }]) => Math.max(latest, at), 0);
  const at = completion?.at ?? last;
  return at === 0 ? [] : [{ node, item: null, child: null, at }];
}
