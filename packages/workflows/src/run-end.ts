import type { JsonObject } from "@orch/core";
import { failureOf } from "@orch/tasks";
import type { Run } from "./run.ts";
import type { RunEnd } from "./run-change.ts";
import { resolveOutputs } from "./step-parameters.ts";

/** How a run ended whose steps have all ended, and what its outputs came to; a run whose outputs name nothing has failed. */
export function endOfRun(run: Run): { readonly end: RunEnd; readonly outputs: JsonObject | null } {
  const end = run.end();
  const isAsked = Object.keys(run.compiled.workflow.outputs).length > 0;
  if (end.status !== "completed" || !isAsked) return { end, outputs: null };
  try {
    return { end, outputs: resolveOutputs(run) };
  } catch (error) {
    const { message, code } = failureOf(error);
    return { end: { ...end, status: "failed", errors: [message], errorCode: code }, outputs: null };
  }
}
