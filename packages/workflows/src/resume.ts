import { OrchestrationError } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { z } from "zod";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { executionNotFound, noStep } from "./errors.ts";
import type { ExecutionControl } from "./execution-control.ts";
import { type ExecutionRecord, keys, readExecution } from "./execution-record.ts";
import { boundAgain } from "./parameters-again.ts";
import { type PlannedStep, planResume } from "./resume-plan.ts";
import { readChildren, readSteps, readUndone } from "./stored-step.ts";
import {
  alreadyCompleted,
  hasEnded,
  isCarried,
  isGone,
  isRunning,
  ownershipOf,
  stillStopping,
  takenError,
} from "./take-over.ts";
import { compileDefinition } from "./workflow-library.ts";

/** How an execution is to go on. */
export interface ResumeOptions {
  /** Runs this step again and all that depends on it, also where they have completed. */
  readonly from?: string | undefined;
  /**
   * Goes on with the definition that has the workflow's name now (true), or with this one, in place of the one that it
   * began with. @default false
   */
  readonly edited?: boolean | CompiledWorkflow | undefined;
  /** Cancels the execution when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** {@link ResumeOptions} with the definition found. */
export interface ResumeRequest {
  readonly from?: string | undefined;
  readonly edited?: CompiledWorkflow | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Goes on with an execution that was interrupted, paused, failed or cancelled; resolves once that is on disk. One that
 * this process or another one runs is only woken where it is paused.
 */
export async function resume(
  id: string,
  runtime: TaskRuntime,
  control: ExecutionControl,
  { from, edited, signal }: ResumeRequest,
): Promise<void> {
  const record = found(id, runtime);
  const isOther = from !== undefined || edited !== undefined;
  if (record.status === "completed" && !isOther) throw alreadyCompleted(id);
  if (isCarried(record, runtime.store)) {
    await goOnInside(id, record, isOther, { runtime, control });
    return;
  }
  if (isOther) checkPlan(id, record, runtime, { from, edited });
  await refuseDraining(id, runtime);
  await refuseOrphans(id, record, runtime);
  const ownership = await ownershipOf(record, runtime);
  if (ownership === "own" || ownership === "taken") {
    if (isOther) throw ownership === "own" ? isRunning(id) : takenError(id, record, runtime.store);
    if (record.parked !== null) await control.request(id, { type: "continue" });
    else if (ownership === "taken") throw takenError(id, record, runtime.store);
    return;
  }
  const taken = ownership === "free" ? record.owner : null;
  await control.takeOver(id, record, taken, { signal, edited, fromStep: from });
}

/** A step of another execution runs where that does, and stands still only where it was paused by itself. */
async function goOnInside(
  id: string,
  record: ExecutionRecord,
  isOther: boolean,
  { runtime, control }: { readonly runtime: TaskRuntime; readonly control: ExecutionControl },
): Promise<void> {
  if (isOther || hasEnded(record) || record.parked === null) throw isPart(id, record);
  if ((await ownershipOf(record, runtime)) === "free") throw isPart(id, record);
  await control.request(id, { type: "continue" });
}

/** What {@link resume} would do with each step; changes nothing. Throws as it does for what makes no sense. */
export function resumePlan(
  id: string,
  runtime: Pick<TaskRuntime, "store">,
  { from, edited }: Pick<ResumeRequest, "from" | "edited">,
): PlannedStep[] {
  const record = found(id, runtime);
  return checkPlan(id, record, runtime, { from, edited });
}

function checkPlan(
  id: string,
  record: ExecutionRecord,
  { store }: Pick<TaskRuntime, "store">,
  {
    from = null,
    edited,
  }: { readonly from?: string | undefined | null; readonly edited?: CompiledWorkflow | undefined },
): PlannedStep[] {
  const before = compileDefinition(store.get(keys.definition(id)));
  const compiled = edited ?? before;
  if (from !== null && compiled.graph.indexOf(from) < 0) throw noStep(from, compiled);
  if (record.undoing !== null && (from !== null || edited)) throw isUndoing(id);
  const undone = readUndone(id, store);
  const { changed } = edited ? boundAgain(compiled, record) : { changed: new Set<string>() };
  return planResume({ compiled, before, steps: readSteps(id, store, from), undone, changed, from });
}

/** Attempts of a step never overlap, not even in two processes. */
async function refuseDraining(id: string, runtime: TaskRuntime): Promise<void> {
  const stored = drainingSchema.safeParse(runtime.store.get(keys.draining(id)));
  if (!stored.success) return;
  const { owner, steps } = stored.data;
  if (owner !== runtime.instance.id && !(await isGone(owner, runtime))) throw stillStopping(id, steps);
}

/**
 * A part that has not ended with the whole, since a damaged record kept it from going on, is its own while another process
 * goes on with it.
 */
async function refuseOrphans(id: string, record: ExecutionRecord, runtime: TaskRuntime): Promise<void> {
  if (!hasEnded(record)) return;
  for (const { step, child } of readChildren(id, runtime.store)) {
    const inner = readExecution(child, runtime.store);
    if (inner?.parent?.execution_id === id && (await ownershipOf(inner, runtime)) === "taken")
      throw stillStopping(id, [step]);
  }
}

const drainingSchema = z.object({ owner: z.string(), steps: z.array(z.string()) });

function found(id: string, { store }: Pick<TaskRuntime, "store">): ExecutionRecord {
  const record = readExecution(id, store);
  if (record === null) throw executionNotFound(id);
  return record;
}

const isPart = (id: string, { parent }: ExecutionRecord): OrchestrationError =>
  new OrchestrationError(
    `Execution '${id}' is a step of execution '${parent?.execution_id}' and goes on with it`,
    {
      code: "INVALID_STATE",
      retryable: false,
      details: { execution_id: id, parent: parent?.execution_id ?? null, step: parent?.step ?? null },
      suggestions: [`Go on with the whole: orch resume ${parent?.execution_id}`],
    },
  );

const isUndoing = (id: string): OrchestrationError =>
  new OrchestrationError(`Execution '${id}' is being undone: let it end first`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { execution_id: id },
    suggestions: [`Go on with the undoing: orch resume ${id}`],
  });
