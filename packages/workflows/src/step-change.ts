import { canonicalJson, type JsonValue } from "@orch/core";
import { type CompiledWorkflow, dependenciesOf } from "./compiled-workflow.ts";

/** The parts of a step on which its result rests; the others say only when and how often it is tried. */
const PARTS = ["module", "action", "parameters", "run_if", "foreach", "on_item_failure"] as const;

/**
 * What has changed of a step, between two definitions that both have it, so that its result may be another: `parameters`,
 * `dependencies` … in a fixed order. O(text of the step).
 */
export function changedParts(before: CompiledWorkflow, after: CompiledWorkflow, step: string): string[] {
  const [nodeBefore, nodeAfter] = [before.graph.indexOf(step), after.graph.indexOf(step)];
  const [written, rewritten] = [before.steps[nodeBefore]?.toDict(), after.steps[nodeAfter]?.toDict()];
  const parts: string[] = PARTS.filter((key) => canonical(written?.[key]) !== canonical(rewritten?.[key]));
  const [needs, needsNow] = [dependenciesOf(before, nodeBefore), dependenciesOf(after, nodeAfter)];
  if (canonical(needs.toSorted()) !== canonical(needsNow.toSorted())) parts.push("dependencies");
  return parts;
}

const canonical = (value: JsonValue | undefined): string => canonicalJson(value ?? null);
