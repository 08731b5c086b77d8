import type { JsonValue, StoreReader } from "@orch/core";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { isDetached, readItems, type StepRecord } from "./stored-step.ts";
import { type DoneItem, isUndonePerItem } from "./undoing.ts";

function doneItem(index: number, item: StepRecord): [number, DoneItem][] {
  const { completion, result } = item;
  if (completion === undefined || item.status !== "completed") return [];
  const child = isDetached(item) ? null : (item.child ?? null);
  return [[index, { at: completion, output: (result ?? null) as JsonValue, child }]];
}

/** Of which execution the items are read. */
interface Where {
  readonly id: string;
  readonly compiled: CompiledWorkflow;
  readonly steps: ReadonlyMap<string, StepRecord>;
  /** Steps that begin from nothing. */
  readonly anew: ReadonlySet<number>;
}

/** The items that have completed of the `foreach` steps that can be undone, by step. O(their items). */
export function readDoneItems(
  { id, compiled, steps, anew }: Where,
  store: StoreReader,
): Map<number, Map<number, DoneItem>> {
  const done = new Map<number, Map<number, DoneItem>>();
  for (const [node, step] of compiled.steps.entries()) {
    const record = steps.get(step.name);
    if (step.foreach === null || record === undefined || anew.has(node)) continue;
    if (step.undo === null && record.runs_workflows !== true) continue;
    // Of one that has completed and is undone as a whole the output says it all.
    if (record.status === "completed" && step.undo !== null && !isUndonePerItem(step)) continue;
    const items = [...readItems(id, step.name, store)].flatMap(([index, item]) => doneItem(index, item));
    if (items.length > 0) done.set(node, new Map(items));
  }
  return done;
}
