import type { JsonObject, OrchestrationMode } from "@orch/core";
import { type Failure, failureOf } from "@orch/tasks";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { UnresolvedReferenceError } from "./errors.ts";
import type { ExecutionRecord } from "./execution-record.ts";
import { bindParameters } from "./parameters.ts";
import type { FailureMode } from "./workflow.ts";

/** Options of one run. */
export interface RunOptions {
  /** Limit of the whole run. @default the workflow's own, else none */
  readonly timeoutMs?: number;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal;
  /** @default the workflow's own, else "parallel" */
  readonly mode?: OrchestrationMode;
  /** Steps that run at once. @default the workflow's own, else the manager's */
  readonly maxParallel?: number;
  /** @default the workflow's own, else "skip_dependents" */
  readonly onFailure?: FailureMode;
  readonly sessionId?: string;
}

/**
 * The first record of an execution, and why it fails before its first step, if it does. Throws INVALID_PARAMETERS for
 * parameters that the workflow refuses.
 */
export function startRecord(
  { workflow, parameterNames }: CompiledWorkflow,
  given: JsonObject,
  options: RunOptions,
  { owner, at, maxParallel }: { readonly owner: string; readonly at: number; readonly maxParallel: number },
): { readonly record: ExecutionRecord; readonly failure: Failure | null } {
  const { parameters, undeclared } = bindParameters(workflow.name, workflow.parameters, given);
  const record: ExecutionRecord = {
    workflow_name: workflow.name,
    status: "running",
    owner,
    epoch: 0,
    parameters,
    options: {
      mode: options.mode ?? workflow.mode ?? "parallel",
      max_parallel: options.maxParallel ?? workflow.maxParallel ?? maxParallel,
      on_failure: options.onFailure ?? workflow.onFailure,
      timeout_ms: options.timeoutMs ?? workflow.timeoutMs,
    },
    session_id: options.sessionId ?? null,
    started_at: at,
    ended_at: null,
    errors: [],
    warnings: undeclared.map((name) => `Parameter '${name}' is not declared by workflow '${workflow.name}'`),
    error_code: null,
  };
  const unresolved = [...parameterNames.values()].find((reference) => reference.kind === "parameter" && !Object.hasOwn(parameters, reference.name));
  return { record, failure: unresolved ? failureOf(unresolvedError(unresolved.text, unresolved.step)) : null };
}

const unresolvedError = (reference: string, step: string): UnresolvedReferenceError =>
  new UnresolvedReferenceError(`${reference} in step '${step}' names neither a step nor a parameter`, {
    details: { reference, step, path: "parameters" },
    suggestions: ["Give the parameter, or declare it with a default in the workflow's parameters."],
  });
