import { InvalidParametersError, type JsonObject, type StoreReader } from "@orch/core";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { noStep } from "./errors.ts";
import { itemResult, type StepResult } from "./step-result.ts";
import { readItems } from "./stored-step.ts";

/** Which items of a `foreach` step are listed. */
export interface ListItemsOptions {
  /** Only those behind this index: the last one of the page before. @default -1: from the first */
  readonly after?: number | undefined;
  /** At most this many, at least 1. @default 100 */
  readonly limit?: number | undefined;
}

/** How an item of a `foreach` step stands, as JSON: as a step does, with its `item` (from 0). */
export type ItemResult = StepResult & { readonly item: number };

/** A page of the items of a step that have begun, in order. O(page). Throws INVALID_PARAMETERS. */
export function listItems(
  id: string,
  step: string,
  { after = -1, limit = 100 }: ListItemsOptions,
  { compiled, store }: { readonly compiled: CompiledWorkflow; readonly store: StoreReader },
): ItemResult[] {
  if (compiled.graph.indexOf(step) < 0) throw noStep(step, compiled);
  checkWhole("after", after, -1);
  checkWhole("limit", limit, 1);
  const records = readItems(id, step, store, { after, limit });
  return [...records].map(([item, record]) => ({ item, ...itemResult(step, item, record) }));
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  const details: JsonObject = { problems: [{ path: name, message: `must be a whole number from ${least}` }] };
  throw new InvalidParametersError(`${name} must be a whole number from ${least}, was ${value}`, { details });
}
