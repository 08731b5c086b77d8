import { dataClass, type JsonObject, type JsonValue, type StoreReader, toDate } from "@orch/core";
import { isTerminalStatus } from "@orch/tasks";
import { z } from "zod";
import { type CompiledWorkflow, dependenciesOf } from "./compiled-workflow.ts";
import { type ExecutionRecord, type Parked, readExecution, WorkflowStatus } from "./execution-record.ts";
import { type StepResult, stepResult } from "./step-result.ts";
import { storedRun } from "./stored-run.ts";
import { readStepStates, readSteps, runningChildren, type StepRecord } from "./stored-step.ts";
import { takesAnswer } from "./wait.ts";

const executionSchema = z.object({
  workflowName: z.string(),
  executionId: z.string(),
  status: z.enum(WorkflowStatus).default("pending"),
  startTime: z.date().nullable().default(null),
  endTime: z.date().nullable().default(null),
  parameters: z.custom<JsonObject>().default(() => ({})),
  sessionId: z.string().nullable().default(null),
  results: z.custom<Readonly<Record<string, StepResult>>>().default(() => ({})),
  errors: z.array(z.string()).default(() => []),
  warnings: z.array(z.string()).default(() => []),
  errorCode: z.string().nullable().default(null),
  performanceMetrics: z.custom<JsonObject>().default(() => ({})),
  parked: z.custom<Parked | null>().default(null),
  outputs: z.custom<JsonObject | null>().default(null),
});

/** One run of a workflow, as it stands. */
export class WorkflowExecution extends dataClass(executionSchema, { name: "WorkflowExecution" }) {
  get success(): boolean {
    return this.status === "completed";
  }
  /** The first error, or null. */
  get error(): string | null {
    return this.errors[0] ?? null;
  }
  /** From start to end, never less than 0; null while it runs. */
  get durationMs(): number | null {
    return this.startTime && this.endTime
      ? Math.max(0, this.endTime.getTime() - this.startTime.getTime())
      : null;
  }
  /** Alias of `durationMs`. */
  get executionTimeMs(): number | null {
    return this.durationMs;
  }
  /** Alias of `results`. */
  get stepResults(): Readonly<Record<string, StepResult>> {
    return this.results;
  }
  /** The outputs of the steps that completed, by name; null where they were not read. */
  get result(): JsonObject {
    const completed = Object.entries(this.results).filter(([, { success }]) => success);
    return Object.fromEntries(
      completed.map(([name, result]) => [name, (result as Record<string, JsonValue>)["output"] ?? null]),
    );
  }

  override toDict(): JsonObject {
    const { error, success, durationMs } = this;
    return { ...super.toDict(), error, success, duration: durationMs === null ? null : durationMs / 1000 };
  }
}

/** How much of an execution is read. */
export interface GetExecutionOptions {
  /**
   * Whether the results of its steps have their `output` and `parameters_used`; reading those of long lists takes as long
   * as they are. Without them it is as quick as it has few steps. @default true
   */
  readonly outputs?: boolean | undefined;
}

/** An execution as the store has it, with the results of its steps in definition order; null when there is none. */
export function loadExecution(
  id: string,
  compiled: CompiledWorkflow | null,
  store: StoreReader,
  { outputs = true }: GetExecutionOptions = {},
): WorkflowExecution | null {
  const record = readExecution(id, store);
  if (record === null) return null;
  const steps = outputs ? readSteps(id, store) : readStepStates(id, store);
  const names = compiled?.steps.map(({ name }) => name) ?? [...steps.keys()];
  const used =
    compiled && outputs ? parametersUsed(id, record, compiled, steps) : new Map<string, JsonObject>();
  const results: [string, StepResult][] = [];
  const metrics: [string, JsonObject][] = [];
  for (const [node, name] of names.entries()) {
    const step = steps.get(name);
    if (!step) continue;
    const parameters = used.get(name) ?? {};
    results.push([name, stepResult(name, step, outputs ? parameters : null)]);
    const { module = "", action = "" } = compiled?.steps[node] ?? {};
    if (step.attempt > 0)
      metrics.push([name, { execution_time: step.execution_ms / 1000, module, action, parameters }]);
  }
  return new WorkflowExecution({
    workflowName: record.workflow_name,
    executionId: id,
    status: record.status,
    startTime: toDate(record.started_at),
    endTime: record.ended_at === null ? null : toDate(record.ended_at),
    parameters: record.parameters as JsonObject,
    sessionId: record.session_id,
    results: Object.fromEntries(results),
    errors: record.errors,
    warnings: record.warnings,
    errorCode: record.error_code,
    performanceMetrics: Object.fromEntries(metrics),
    parked: record.parked ?? heldUpBy(id, steps, store),
    outputs: record.outputs as JsonObject | null,
  });
}

/** The resolved parameters of the steps that ran: they follow from what is stored, so they are not stored themselves. */
function parametersUsed(
  id: string,
  record: ExecutionRecord,
  compiled: CompiledWorkflow,
  steps: ReadonlyMap<string, StepRecord>,
): Map<string, JsonObject> {
  const { run } = storedRun(id, record, compiled, steps);
  const used = new Map<string, JsonObject>();
  const hasEnded = (name: string) => isTerminalStatus(steps.get(name)?.status ?? "pending");
  for (const [node, { name }] of compiled.steps.entries()) {
    if (!steps.has(name) || !dependenciesOf(compiled, node).every(hasEnded)) continue;
    try {
      used.set(name, run.parametersOf(node));
    } catch {
      // A reference that could not be resolved: the step failed for it and used nothing.
    }
  }
  return used;
}

/**
 * What holds up an execution in which somebody has to answer, or of which a part is set aside; null when nothing does. Of
 * executions inside of it, too: as deep as they stand.
 */
function heldUpBy(id: string, steps: ReadonlyMap<string, StepRecord>, store: StoreReader): Parked | null {
  for (const [name, { status, wait, child, runs_workflows, started_at: since }] of steps) {
    if (status !== "running") continue;
    if (wait && takesAnswer(wait.request))
      return { reason: "waiting", since, hint: `orch execution answer ${id} ${name} <answer>` };
    const children = runs_workflows ? runningChildren(id, name, store) : child === undefined ? [] : [child];
    for (const each of children) {
      const inner = readExecution(each, store);
      const parked = inner && (inner.parked ?? heldUpBy(each, readStepStates(each, store), store));
      if (parked !== null) return parked;
    }
  }
  return null;
}
