import { findLossy, InvalidParametersError, invalid, type JsonObject, OrchestrationMode } from "@orch/core";
import { type Failure, failureOf } from "@orch/tasks";
import { z } from "zod";
import type { NewExecution } from "./children.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionCancelled, UnresolvedReferenceError } from "./errors.ts";
import type { ExecutionRecord } from "./execution-record.ts";
import { FailureMode } from "./failure-mode.ts";
import { bindParameters, undeclaredNames } from "./parameters.ts";

/** Options of one run. */
export interface RunOptions {
  /** Limit of the whole run, milliseconds above 0. @default the workflow's own, else none */
  readonly timeoutMs?: number | undefined;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** @default the workflow's own, else "parallel" */
  readonly mode?: OrchestrationMode | undefined;
  /** Steps that run at once, at least 1. @default the workflow's own, else the manager's */
  readonly maxParallel?: number | undefined;
  /** @default the workflow's own, else "skip_dependents" */
  readonly onFailure?: FailureMode | undefined;
  /** Who wins where a step and the caller give a parameter of the same name. @default "step" */
  readonly paramPrecedence?: "step" | "caller" | undefined;
  readonly sessionId?: string | undefined;
  /** Whether steps that say nothing of it use the results of earlier runs with the same input. @default the manager's */
  readonly cache?: boolean | undefined;
  /**
   * The id of the execution, a UUID of which there is none yet: for who has to note it before it begins. @default a new one
   */
  readonly executionId?: string | undefined;
  /** Names of parameters that every run of its kind is given: nobody is warned where the workflow does not declare them. @default none */
  readonly impliedParameters?: readonly string[] | undefined;
}

const optionsSchema = z.object({
  timeoutMs: z.number().positive("must be above 0").optional(),
  mode: z.enum(OrchestrationMode).optional(),
  maxParallel: z.int("must be a whole number").min(1, "must be at least 1").optional(),
  onFailure: z.enum(FailureMode).optional(),
  paramPrecedence: z.enum(["step", "caller"]).optional(),
  sessionId: z.string().optional(),
  cache: z.boolean().optional(),
  executionId: z.uuid("must be a UUID").optional(),
  impliedParameters: z.array(z.string()).optional(),
});

/** What a run is started with, beside the workflow. */
export interface RunStart {
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Steps at once, where neither options nor workflow say it. */
  readonly maxParallel: number;
  /** Whether steps use a cache, where neither they nor the options say it. */
  readonly cache: boolean;
  /** The execution that it is inside of, and the step that waits for it (null: none does). */
  readonly inside?: {
    readonly id: string;
    readonly step: string | null;
    /** The item of the step; null for the step itself. */
    readonly item: number | null;
    readonly depth: number;
  };
}

/**
 * The first record of an execution. Throws INVALID_PARAMETERS for options that are none, and for parameters that are not
 * JSON or that the workflow refuses.
 */
export function startRecord(
  compiled: CompiledWorkflow,
  given: JsonObject,
  options: RunOptions,
  { owner, at, maxParallel, cache, inside }: RunStart,
): ExecutionRecord {
  const checked = optionsSchema.safeParse(options, { reportInput: true });
  if (!checked.success) throw invalid("run options", checked.error);
  const { timeoutMs, mode, onFailure, paramPrecedence, sessionId, impliedParameters, ...limits } =
    checked.data;
  const { workflow } = compiled;
  const timeout = timeoutMs ?? workflow.timeoutMs;
  const { parameters } = bindParameters(workflow.name, workflow.parameters, ownJson(given));
  return {
    workflow_name: workflow.name,
    status: "running",
    owner,
    epoch: 0,
    parameters,
    options: {
      mode: mode ?? workflow.mode ?? "parallel",
      max_parallel: limits.maxParallel ?? workflow.maxParallel ?? maxParallel,
      on_failure: onFailure ?? workflow.onFailure,
      timeout_ms: timeout,
      overrides: paramPrecedence === "caller" ? Object.keys(given) : [],
      given: Object.keys(given),
      cache: limits.cache ?? cache,
      ...(impliedParameters ? { implied: impliedParameters } : {}),
    },
    session_id: sessionId ?? null,
    started_at: at,
    due_at: dueAt(at, timeout),
    ended_at: null,
    errors: [],
    warnings: undeclaredWarnings(compiled, parameters, impliedParameters),
    error_code: null,
    parked: null,
    parent: inside ? parentOf(inside) : null,
    depth: inside ? inside.depth + 1 : 0,
    outputs: null,
    undoing: null,
    recoveries: 0,
    steps_ended: 0,
  };
}

const parentOf = ({ id, step, item }: NonNullable<RunStart["inside"]>): ExecutionRecord["parent"] =>
  step === null ? null : { execution_id: id, step, ...(item === null ? {} : { item }) };

/** Why a run with these parameters fails before its first step: a reference that names nothing. Null when none does. */
export function unresolvedAtStart(
  { parameterNames }: CompiledWorkflow,
  parameters: Readonly<Record<string, unknown>>,
): Failure | null {
  for (const [name, { text, step }] of parameterNames) {
    if (!Object.hasOwn(parameters, name)) return failureOf(unresolvedError(text, step));
  }
  return null;
}

/** Why a run ends before its first step: it was aborted already, or a reference names nothing. Null when it does not. */
export function refusalOf(
  compiled: CompiledWorkflow,
  { parameters }: Pick<ExecutionRecord, "parameters">,
  signal: AbortSignal | undefined,
): NewExecution["refusal"] {
  if (signal?.aborted) return { failure: executionCancelled(), status: "cancelled" };
  const failure = unresolvedAtStart(compiled, parameters);
  return failure && { failure, status: "failed" };
}

/** When the time of a run is over, milliseconds since the epoch. */
export const dueAt = (at: number, timeoutMs: number | null): number | null =>
  timeoutMs === null ? null : at + timeoutMs;

/**
 * A line for each parameter that the workflow does not declare and that is not `implied`; none where it declares no parameters
 * at all.
 */
export const undeclaredWarnings = (
  { workflow }: CompiledWorkflow,
  parameters: Readonly<Record<string, unknown>>,
  implied: readonly string[] = [],
): string[] =>
  undeclaredNames(workflow.parameters, parameters)
    .filter((name) => !implied.includes(name))
    .map((name) => `Parameter '${name}' is not declared by workflow '${workflow.name}'`);

/** A copy that nobody else can change, neither the caller nor an action. */
function ownJson(given: JsonObject): JsonObject {
  const lossy = findLossy(given);
  if (lossy === null && typeof given === "object" && given !== null && !Array.isArray(given))
    return frozen(JSON.parse(JSON.stringify(given)) as JsonObject);
  const message = lossy === null ? "must be an object" : `is ${lossy.reason}, which JSON cannot hold`;
  const path = lossy?.path.slice(1).replaceAll("/", ".") ?? "";
  const what = path === "" ? message : `${path} ${message}`;
  throw new InvalidParametersError(`Invalid parameters: ${what}`, {
    details: { problems: [{ path, message }] },
  });
}

/** The same value, which nobody can change from now on, nor anything in it. O(its size). */
export function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
}

const unresolvedError = (reference: string, step: string): UnresolvedReferenceError =>
  new UnresolvedReferenceError(`${reference} in step '${step}' names neither a step nor a parameter`, {
    details: { reference, step, path: "parameters" },
    suggestions: ["Give the parameter, or declare it with a default in the workflow's parameters."],
  });
