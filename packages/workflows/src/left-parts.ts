import type { StoreReader } from "@orch/core";
import { controlOf } from "./control-step.ts";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import type { LiveExecution } from "./live-execution.ts";
import { readItem, readStep, type StepRecord } from "./stored-step.ts";
import { hasEnded } from "./take-over.ts";

/** An execution that a step has started as a part of its own. */
export interface LeftPart {
  readonly id: string;
  readonly record: ExecutionRecord;
}

/**
 * The parts of an execution that have not ended and that its steps have given up: they begin from nothing or are gone, or
 * none goes on with them and none has completed with them. `isOther`: it may have had other steps before. O(parts that it
 * has ever had), nothing where no step runs another workflow.
 */
export function leftParts(
  { id, run: { compiled }, anew }: Pick<LiveExecution, "id" | "run" | "anew">,
  isOther: boolean,
  store: StoreReader,
): LeftPart[] {
  if (!isOther && !compiled.steps.some((step) => controlOf(step) === "workflow.run")) return [];
  const prefix = keys.parts(id);
  return store.list(prefix, { fields: [] }).flatMap(([key]): LeftPart[] => {
    const [step = "", ...rest] = key.slice(prefix.length).split("/");
    const part = rest.pop() ?? "";
    if (store.get(keys.active(part)) === undefined) return [];
    const [item] = rest;
    const place =
      item === undefined ? readStep(id, step, store) : readItem(store.get(keys.item(id, step, Number(item))));
    const node = compiled.graph.indexOf(step);
    if (node >= 0 && !anew.has(node) && isKept(place, part)) return [];
    const found = readExecution(part, store);
    return found === null || hasEnded(found) || found.parent?.execution_id !== id
      ? []
      : [{ id: part, record: found }];
  });
}

/** Whether what was under way goes on with it, or what has completed is to be undone with it. */
const isKept = (place: StepRecord | null, part: string): boolean =>
  place?.child === part &&
  (place.status === "completed" || (place.status === "running" && (place.due_at ?? 0) === 0));
