import { type CompiledWorkflow, controlOf, dependenciesOf, type EngineEvent } from "@orch/engine";
import { IdleTimes } from "./idle-times.ts";
import { applyToStep, isOfItem, type StepEvent, type StepView, stepView, UNTOUCHED } from "./step-view.ts";

/** Where the runs of workflows inside of the one at hand are looked up: a `WorkflowManager` is one. */
export interface InnerRuns {
  /** The definition that an execution runs; null for an unknown one. */
  definitionOf(id: string): CompiledWorkflow | null;
  /** Its stored events behind a sequence number, in order. */
  storedEvents(id: string, after: number): Iterable<EngineEvent>;
}

/** What a run shares with those inside of it. */
interface Family {
  readonly runs: InnerRuns | null;
  /** Those inside, by the ids of their executions. */
  readonly views: Map<string, RunView>;
  /** Changes whenever there are other lines to draw than before. */
  shape: number;
}

/**
 * A run as it can be watched: made from the definition, kept up to date by its events alone. The runs of the workflows that
 * its steps wait for are views of their own inside of it, and their events are taken in, too.
 */
export class RunView {
  readonly workflow: string;
  readonly steps: readonly StepView[];
  /** What names of its steps are put behind: the steps that it is inside of. Empty for the outermost. */
  readonly path: string;
  readonly #byName: ReadonlyMap<string, StepView>;
  readonly #idle = new IdleTimes();
  readonly #family: Family;
  /** The number of the last event. */
  #sequence = 0;
  executionId = "";
  startedAt = 0;
  endedAt = 0;
  /** Empty while it runs. */
  status = "";

  constructor(
    compiled: CompiledWorkflow,
    runs: InnerRuns | null = null,
    { path = "", family }: { readonly path?: string; readonly family?: Family } = {},
  ) {
    this.workflow = compiled.workflow.name;
    this.path = path;
    this.#family = family ?? { runs, views: new Map(), shape: 0 };
    const levels = levelsOf(compiled.graph);
    this.steps = compiled.steps.map((step, node) => {
      const { name, parameters } = step;
      const isDetached = controlOf(step) === "workflow.run" && parameters["detached"] === true;
      const dependencies = dependenciesOf(compiled, node);
      return stepView({ name, dependencies, level: levels[node] ?? 0, isDetached });
    });
    this.#byName = new Map(this.steps.map((step) => [step.name, step]));
  }

  /** Changes whenever the steps to be shown, inside of steps, are other ones. */
  get shape(): number {
    return this.#family.shape;
  }

  step(name: string): StepView | undefined {
    return this.#byName.get(name);
  }

  /** The view, this one or one inside of it, that an event is of. */
  viewOf(event: EngineEvent): RunView | undefined {
    if (!("execution_id" in event)) return undefined;
    return event.execution_id === this.executionId ? this : this.#family.views.get(event.execution_id);
  }

  /** Names of the dependencies that a waiting step still waits for. */
  waitsFor(step: StepView): string[] {
    return step.dependencies.filter((name) => {
      const status = this.#byName.get(name)?.status;
      return status === "waiting" || status === "running" || status === "retrying";
    });
  }

  /** Milliseconds between two moments of the run, without the time when no process had it. */
  workedMs(from: number, to: number): number {
    return Math.max(0, to - from - this.#idle.between(from, to));
  }

  /** Of so many milliseconds up to a moment those when a process had the run. */
  workedOf(tookMs: number, to: number): number {
    return Math.min(tookMs, this.workedMs(to - tookMs, to));
  }

  /** The run goes on: whatever has not completed, or was undone, is still to come. */
  reopen(): void {
    [this.status, this.endedAt] = ["", 0];
    for (const step of this.steps) {
      if (step.status !== "completed" || step.isUndone) Object.assign(step, UNTOUCHED);
    }
  }

  /** Takes in an event; false for one that is neither of this run nor of one inside of it. */
  apply(event: EngineEvent): boolean {
    const view = this.viewOf(event);
    if (view === undefined) return false;
    view.#take(event);
    return true;
  }

  /** Takes in whatever is stored of the runs inside. */
  catchUp(): void {
    // Grows while it is walked: there are runs inside of those inside.
    for (const view of this.#family.views.values()) view.#catchUp(Number.POSITIVE_INFINITY);
  }

  #take(event: EngineEvent): void {
    const { sequence } = event as { readonly sequence?: number };
    if (sequence !== undefined && this.path !== "") {
      // A run inside may have begun long ago, under another process.
      this.#catchUp(sequence);
      if (sequence <= this.#sequence) return;
      this.#sequence = sequence;
    }
    this.#idle.seen(event);
    if (event.type === "workflow_started") this.#begin(event.at);
    else if (event.type === "workflow_completed") [this.endedAt, this.status] = [event.at, event.status];
    else if ("step_name" in event) this.#takeOfStep(event);
  }

  /** Takes in the stored events before `sequence` that it has not seen. */
  #catchUp(sequence: number): void {
    if (this.#family.runs === null || sequence <= this.#sequence + 1) return;
    for (const event of this.#family.runs.storedEvents(this.executionId, this.#sequence)) {
      if ("sequence" in event && event.sequence >= sequence) return;
      this.#take(event);
    }
  }

  #begin(at: number): void {
    this.startedAt ||= at;
    if (this.status !== "") this.reopen();
  }

  #takeOfStep(event: StepEvent): void {
    const step = this.#byName.get(event.step_name);
    if (!step) return;
    const before = step.running.size;
    const item = isOfItem(event) ? step.running.get(event.item) : undefined;
    applyToStep(step, event);
    if (isOfItem(event) && item?.inner && !step.running.has(event.item)) this.#forget(item.inner);
    if (event.type === "step_waiting" && event.child_execution_id !== null)
      step.inner = this.#innerOf(event.child_execution_id, step.name);
    if (event.type === "item_waiting" && event.child_execution_id !== null)
      step.running.set(event.item, this.#itemOf(event, event.child_execution_id, step));
    if (step.running.size !== before) this.#family.shape++;
  }

  /** There may be any number of items: those that are not shown any more are not followed. */
  #forget(view: RunView): void {
    this.#family.views.delete(view.executionId);
    for (const { inner, running } of view.steps) {
      for (const each of [inner, ...[...running.values()].map((item) => item.inner)])
        if (each !== null) this.#forget(each);
    }
  }

  #itemOf({ item, at }: StepEvent & { readonly item: number }, id: string, step: StepView): StepView {
    const name = `item ${item}`;
    const inner = this.#innerOf(id, `${step.name} ${name}`);
    const known = step.running.get(item);
    const view = known ?? stepView({ name, dependencies: [], level: 0, isDetached: false });
    return Object.assign(view, UNTOUCHED, { status: "running", startedAt: at, inner });
  }

  /** The view of a run inside, which may have been there before. */
  #innerOf(id: string, name: string): RunView | null {
    const family = this.#family;
    family.shape++;
    const known = family.views.get(id);
    const compiled = known ? null : family.runs?.definitionOf(id);
    if (!compiled) return known ?? null;
    const inner = new RunView(compiled, null, { path: `${this.path}${name} › `, family });
    inner.executionId = id;
    family.views.set(id, inner);
    return inner;
  }
}

function levelsOf(graph: CompiledWorkflow["graph"]): Int32Array {
  const { offsets, targets } = graph.dependencies;
  const levels = new Int32Array(graph.size);
  for (const node of graph.layers().order) {
    for (const target of targets.subarray(offsets[node], offsets[node + 1])) {
      levels[node] = Math.max(levels[node] ?? 0, (levels[target] ?? 0) + 1);
    }
  }
  return levels;
}
