import type { JsonObject } from "@orch/core";
import { type Failure, failureOf, isTerminalStatus, type LiveTask, type Turn } from "@orch/tasks";
import type { ChildRuns } from "./child-runs.ts";
import { controlOf } from "./control-step.ts";
import { keys } from "./execution-record.ts";
import { Fan, type ItemEnd } from "./fan.ts";
import { type Fact, itemEndedFact, stepEndedFact } from "./journal.ts";
import { listNameOf, withoutList } from "./list-name.ts";
import { type LiveExecution, type LiveFan, noteCompletion, noteItem } from "./live-execution.ts";
import type { ReadyStep, StepEnd } from "./run-change.ts";
import type { Stage } from "./stage.ts";
import { resolveControl, resolveParameters } from "./step-parameters.ts";
import { recordOfEnd, recordOfFan } from "./step-record.ts";
import { itemSpec } from "./step-spec.ts";
import { endOf } from "./stored-run.ts";
import { readItems, type StepRecord } from "./stored-step.ts";
import type { Waits } from "./waits.ts";

/** Runs `foreach` steps: hands out their items, a few at a time, and ends the step with the last. */
export class Fans {
  readonly #stage: Stage;
  readonly #waits: Waits;
  readonly #runs: ChildRuns;

  constructor(stage: Stage, waits: Waits, runs: ChildRuns) {
    this.#stage = stage;
    this.#waits = waits;
    this.#runs = runs;
  }

  /** Starts a step over its items, or goes on with those that have not ended. */
  begin(execution: LiveExecution, step: ReadyStep, turn: Turn): void {
    const { node } = step;
    const { items } = step;
    const definition = execution.run.compiled.steps[node];
    if (!definition || !items) return;
    const before = execution.earlier.get(node);
    const records =
      before && !execution.anew.has(node)
        ? readItems(execution.id, definition.name, turn.store)
        : new Map<number, StepRecord>();
    const isInFlight = before?.status === "running";
    const ended = endedItems(records, isInFlight);
    const fan = new Fan({
      size: items.length,
      limit: definition.maxParallel ?? execution.record.options.max_parallel,
      policy: definition.onItemFailure,
      ended,
      inFlight: isInFlight
        ? [...records].flatMap(([index, { status }]) => (isTerminalStatus(status) ? [] : [index]))
        : [],
    });
    const live: LiveFan = {
      step,
      listName: listNameOf(definition),
      fan,
      tasks: new Map(),
      runsWorkflows: controlOf(definition) !== null,
      waits: new Map(),
      earlier: openItems(records, isInFlight),
      startedAt: (isInFlight ? before?.started_at : 0) || turn.at,
      attempt: (before?.attempt ?? 0) + 1,
      isCancelling: false,
      isFilling: false,
    };
    execution.run.stepBegan(node);
    execution.fans.set(node, live);
    turn.put(keys.step(execution.id, definition.name), recordOfFan(live, turn.at, null));
    this.#stage.note(execution, startedFact(definition.name, live, ended.size), turn);
    this.#fill(execution, live, turn);
  }

  /** The task of an item has ended. */
  itemEnded(execution: LiveExecution, node: number, index: number, task: LiveTask, turn: Turn): void {
    const live = execution.fans.get(node);
    if (!live) return;
    live.tasks.delete(index);
    if (task.attemptRunning) execution.draining.push(task);
    const { status, value: output, failure } = task;
    this.#ended(execution, live, index, { status, output, failure }, turn, task);
    // What was not called has done nothing that could be undone.
    if (!task.cached) noteItem(execution, { node, item: index }, { status, output });
    this.#fill(execution, live, turn);
  }

  /** The execution of an item has ended, or could not be started. */
  runEnded(execution: LiveExecution, node: number, index: number, end: ItemEnd, turn: Turn): void {
    const live = execution.fans.get(node);
    if (!live) return;
    live.fan.ended(index, end);
    this.#fill(execution, live, turn);
  }

  /** The whole goes on after a pause, in which no item began to run another workflow. */
  goOn(execution: LiveExecution, turn: Turn): void {
    for (const live of [...execution.fans.values()])
      if (live.runsWorkflows) this.#fill(execution, live, turn);
  }

  /** Cancels all steps of an execution that run here. */
  cancelAll(execution: LiveExecution, failure: Failure, turn: Turn): void {
    for (const live of [...execution.fans.values()]) {
      live.fan.cancel(failure);
      this.#fill(execution, live, turn);
    }
  }

  /**
   * Hands out what may run, cancels what may not, and ends the step when nothing is left. Not one from inside the other: an
   * item may end as soon as it begins, and there may be any number of them.
   */
  #fill(execution: LiveExecution, live: LiveFan, turn: Turn): void {
    const { fan, step } = live;
    if (execution.hasEnded || live.isFilling) return;
    live.isFilling = true;
    this.#cancelRest(execution, live, turn);
    while (mayGoOn(execution, live)) {
      const index = fan.next();
      if (index === undefined) break;
      this.#submit(execution, live, index, turn);
      this.#cancelRest(execution, live, turn);
    }
    live.isFilling = false;
    if (fan.done && execution.fans.delete(step.node)) this.#end(execution, live, turn);
  }

  /** Not each from inside the other: as many may be out as there are items. */
  #cancelRest(execution: LiveExecution, live: LiveFan, turn: Turn): void {
    const { cancelled } = live.fan;
    if (cancelled === null || live.isCancelling) return;
    live.isCancelling = true;
    for (const task of [...live.tasks.values()]) turn.cancel(task, cancelled);
    for (const wait of [...live.waits.values()]) this.#runs.cancel(execution, wait, cancelled, turn);
    live.isCancelling = false;
  }

  #submit(execution: LiveExecution, live: LiveFan, index: number, turn: Turn): void {
    const { node } = live.step;
    let parameters: JsonObject;
    try {
      parameters = parametersOf(execution, live, index);
    } catch (error) {
      const end: StepEnd = { status: "failed", output: null, failure: failureOf(error) };
      const name = execution.run.compiled.graph.names[node] ?? "";
      turn.put(keys.item(execution.id, name, index), recordOfEnd(end, turn.at, live.earlier.get(index)));
      this.#ended(execution, live, index, end, turn);
      return;
    }
    if (live.runsWorkflows) {
      const earlier = live.earlier.get(index);
      this.#waits.beginAt(execution, { node, item: index, parameters, earlier }, turn);
      return;
    }
    const place = { execution, node, part: { kind: "item", index } } as const;
    const spec = itemSpec(execution, node, index, parameters);
    live.tasks.set(index, this.#stage.submit(place, spec, turn, live.earlier.get(index)));
  }

  #ended(
    execution: LiveExecution,
    { fan, step }: LiveFan,
    index: number,
    end: ItemEnd,
    turn: Turn,
    task?: LiveTask,
  ): void {
    const name = execution.run.compiled.graph.names[step.node] ?? "";
    this.#stage.note(execution, itemEndedFact(name, index, end, task), turn);
    fan.ended(index, end);
  }

  #end(execution: LiveExecution, live: LiveFan, turn: Turn): void {
    const { node } = live.step;
    const name = execution.run.compiled.graph.names[node] ?? "";
    const end = live.fan.end();
    const ms = Math.max(0, turn.at - live.startedAt);
    this.#stage.note(execution, stepEndedFact(name, live.attempt, ms, end), turn);
    noteCompletion(execution, node, end.status);
    const completion = execution.completions.get(node)?.at;
    turn.put(keys.step(execution.id, name), {
      ...recordOfFan(live, turn.at, end),
      ...(completion === undefined ? {} : { completion }),
    });
    this.#stage.stepEnds(execution, node, end);
  }
}

function parametersOf({ run }: LiveExecution, live: LiveFan, index: number): JsonObject {
  const { node, items } = live.step;
  const item = { item: items?.[index] ?? null, index };
  if (live.runsWorkflows) return resolveControl(run, node, item);
  return withoutList(resolveParameters(run, node, item), live.listName);
}

/** What runs another workflow is held up by nobody but its execution: while that is paused only what was in flight goes on. */
const mayGoOn = ({ record }: LiveExecution, { runsWorkflows, fan }: LiveFan): boolean =>
  !runsWorkflows || record.parked === null || fan.inFlight > 0;

/** After a crash what failed has failed; when the step is run again, only what completed is kept. */
function endedItems(records: ReadonlyMap<number, StepRecord>, isInFlight: boolean): Map<number, ItemEnd> {
  const ended = new Map<number, ItemEnd>();
  for (const [index, record] of records)
    if (record.status === "completed" || (isInFlight && isTerminalStatus(record.status)))
      ended.set(index, endOf(record));
  return ended;
}

const startedFact = (step_name: string, { attempt, fan }: LiveFan, ended: number): Fact => ({
  type: "step_started",
  step_name,
  attempt,
  items: fan.size,
  ...(ended > 0 ? { items_ended: ended } : {}),
});

/** What was in flight goes on with its retries, what failed begins with new ones. */
function openItems(records: ReadonlyMap<number, StepRecord>, isInFlight: boolean): Map<number, StepRecord> {
  const open = new Map<number, StepRecord>();
  for (const [index, record] of records)
    if (!isTerminalStatus(record.status)) open.set(index, record);
    else if (!isInFlight && record.status !== "completed")
      open.set(index, { ...record, failures: 0, due_at: 0 });
  return open;
}
