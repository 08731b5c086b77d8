import { toIso } from "@orch/core";
import { type Cause, isTerminalStatus, lacksOf, type TaskRuntime } from "@orch/tasks";
import { type CompiledWorkflow, dependenciesOf, resourcesOf } from "./compiled-workflow.ts";
import { executionNotFound } from "./errors.ts";
import { readExecution } from "./execution-record.ts";
import { type GoesFirst, goesFirst } from "./goes-first.ts";
import type { LiveExecution } from "./live-execution.ts";
import { readSteps, runningChildren, type StepRecord } from "./stored-step.ts";
import { hasEnded, type Standing, standingOf } from "./take-over.ts";
import { takesAnswer } from "./wait.ts";

/** Why a step has not ended. */
export interface StepCause {
  readonly step: string;
  /**
   * `dependency`, `paused`, `set_aside`, `interrupted` (its process is gone), `answer`, `time` (it sleeps), `execution` (it
   * runs another workflow), `retry`, `running`, `resources` (it is ready, and they are short), or `place`: it is ready, and
   * waits for a place.
   */
  readonly reason:
    | "dependency"
    | "paused"
    | "set_aside"
    | "interrupted"
    | "answer"
    | "time"
    | "execution"
    | "retry"
    | "running"
    | "resources"
    | "place";
  /** A sentence. */
  readonly message: string;
  /** Steps, or the execution, that it waits for. */
  readonly waitsFor: readonly string[];
  /** When it goes on by itself, milliseconds since the epoch; null when nobody knows. */
  readonly until: number | null;
  /** With `resources`: how much of what is short, of how much there is, and who holds it since when. */
  readonly lacks?: Extract<Cause, { reason: "resources" }>["lacks"];
  /**
   * Of a ready step of an execution that this process runs: who starts before it. Of the steps of a whole execution only
   * the first 64 that are ready have it.
   */
  readonly goesFirst?: GoesFirst;
}

/** Ready steps of one answer for which it is found out who goes first. */
const MOST_CONTESTED = 64;

/** What a cause is looked for in. */
interface Scope {
  readonly compiled: CompiledWorkflow;
  readonly steps: ReadonlyMap<string, StepRecord>;
  readonly standing: Standing;
  readonly limit: number;
  readonly hint: string;
  readonly at: number;
  /** The executions that items of a step run. */
  readonly childrenOf: (step: string) => readonly string[];
  /** What the resources of a step lack now. */
  readonly lacksOf: (node: number, step: string) => NonNullable<StepCause["lacks"]>;
  readonly goesFirst: (node: number) => GoesFirst | null;
}

/** What is asked of an execution. */
export interface WhyOptions {
  /** The execution, where this process runs it. */
  readonly live?: LiveExecution | undefined;
  /** Only this step. @default all */
  readonly step?: string | undefined;
}

/**
 * Why the steps of an execution that have not ended have not, in definition order; none of one that has ended. From what is
 * stored, so the same in every process, but for who goes first. Throws EXECUTION_NOT_FOUND. O(steps + edges), and what is
 * ready.
 */
export function whySteps(
  id: string,
  compiled: CompiledWorkflow | null,
  runtime: TaskRuntime,
  { live, step: only }: WhyOptions = {},
): StepCause[] {
  const record = readExecution(id, runtime.store);
  if (record === null || compiled === null) throw executionNotFound(id);
  if (hasEnded(record)) return [];
  let contested = 0;
  const scope: Scope = {
    compiled,
    goesFirst: (node) =>
      live === undefined || contested++ >= MOST_CONTESTED ? null : goesFirst(live, node, runtime),
    steps: readSteps(id, runtime.store),
    standing: standingOf(record, runtime),
    limit: record.options.mode === "sequential" ? 1 : record.options.max_parallel,
    hint: record.parked?.hint ?? `orch resume ${id}`,
    at: runtime.clock.now(),
    childrenOf: (step) => runningChildren(id, step, runtime.store),
    lacksOf: (node, step) => {
      const demand = runtime.demandOf(resourcesOf(compiled, node), record.session_id);
      return demand === null ? [] : lacksOf(demand, `${id}/${step}`, runtime);
    },
  };
  return compiled.steps.flatMap(({ name }, node) => {
    const step = scope.steps.get(name);
    if (only !== undefined && name !== only) return [];
    return step && isTerminalStatus(step.status) ? [] : [causeOf(name, node, step, scope)];
  });
}

function causeOf(step: string, node: number, record: StepRecord | undefined, scope: Scope): StepCause {
  const { compiled, steps, standing, hint, limit } = scope;
  const none = { step, waitsFor: [], until: null };
  if (standing === "interrupted")
    return { ...none, reason: standing, message: `its process is gone; go on with: ${hint}` };
  if (record?.status === "running") return causeOfRunning(step, record, scope);
  const waitsFor = dependenciesOf(compiled, node).filter(
    (name) => !isTerminalStatus(steps.get(name)?.status ?? "pending"),
  );
  if (waitsFor.length > 0)
    return { ...none, reason: "dependency", message: `it waits for ${waitsFor.join(", ")}`, waitsFor };
  if (standing === "pending")
    return { ...none, reason: "place", message: `the execution waits for its turn in its session: ${hint}` };
  if (standing === "paused" || standing === "set_aside")
    return {
      ...none,
      reason: standing,
      message: `the execution is ${standing.replace("_", " ")}; go on with: ${hint}`,
    };
  const running = [...steps.values()].filter((each) => each.status === "running" && !each.wait).length;
  const lacks = scope.lacksOf(node, step);
  const first = scope.goesFirst(node);
  const ready = { ...none, ...(first === null ? {} : { goesFirst: first }) };
  const behind = first === null ? "" : `; ${first.message}`;
  const place = running >= limit ? ` for a place (${running} of ${limit} run)` : "";
  if (lacks.length > 0) {
    const short = lacks.map(describeLack).join("; ");
    const message = `it is ready, and waits${place}${place === "" ? "" : " and"} for resources: ${short}${behind}`;
    return { ...ready, reason: "resources", message, lacks };
  }
  const message = `it is ready, and waits for a place (${running} of ${limit} run)${behind}`;
  return { ...ready, reason: "place", message };
}

function causeOfRunning(
  step: string,
  { wait, child, due_at = 0, attempt, started_at, error, runs_workflows }: StepRecord,
  { at, childrenOf }: Scope,
): StepCause {
  const none = { step, waitsFor: [], until: wait?.until ?? null };
  const until = none.until === null ? "" : `, until ${toIso(none.until)} at most`;
  if (due_at > at)
    return {
      ...none,
      reason: "retry",
      message: `attempt ${attempt} failed (${error?.message ?? "unknown"}); the next one is due at ${toIso(due_at)}`,
      until: due_at,
    };
  if (runs_workflows) return causeOfRuns(step, childrenOf(step));
  if (child !== undefined)
    return { ...none, reason: "execution", message: `it runs execution ${child}${until}`, waitsFor: [child] };
  if (wait && takesAnswer(wait.request))
    return { ...none, reason: "answer", message: `it waits for an answer (${wait.request.kind})${until}` };
  if (wait) return { ...none, reason: "time", message: `it sleeps until ${toIso(none.until ?? at)}` };
  return {
    ...none,
    reason: "running",
    message: `attempt ${attempt} runs; it began at ${toIso(started_at)} at first`,
  };
}

/** What is short, as a part of a sentence: how much is wanted and there, and who holds the rest. */
function describeLack({
  resource_id,
  dimension,
  wanted,
  available,
  capacity,
  held_by,
  message,
}: Lack): string {
  if (dimension === null) return message;
  const holders = held_by.slice(0, MOST_NAMED).map(({ user_id, since }) => `${user_id} since ${since}`);
  const more = held_by.length - holders.length;
  const held =
    holders.length === 0 ? "" : `, held by ${holders.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${resource_id} ${dimension}: ${wanted} wanted, ${available} of ${capacity} available${held}`;
}

type Lack = NonNullable<StepCause["lacks"]>[number];

/** What is named in a sentence, at most. */
const MOST_NAMED = 3;

function causeOfRuns(step: string, children: readonly string[]): StepCause {
  const more = children.length - MOST_NAMED;
  const named = children.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const message = children.length === 0 ? "its items wait for their next attempts" : `its items run ${named}`;
  return { step, reason: "execution", message, waitsFor: children, until: null };
}
