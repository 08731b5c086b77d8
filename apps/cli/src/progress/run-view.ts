import { type CompiledWorkflow, dependenciesOf, type EngineEvent } from "@orch/engine";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { IdleTimes } from "./idle-times.ts";

/** How a step looks to who watches the run. Times are milliseconds since the epoch. */
export interface StepView {
  readonly name: string;
  /** Names of the steps that it depends on. */
  readonly dependencies: readonly string[];
  /** How many steps lie before it on the longest way. */
  readonly level: number;
  status: "waiting" | "running" | "retrying" | "completed" | "failed" | "timeout" | "cancelled" | "skipped";
  attempt: number;
  startedAt: number;
  endedAt: number;
  /** What the action says, why it was skipped, or what went wrong. */
  note: string;
  /** From 0 to 1; null where the action says nothing. */
  fraction: number | null;
  /** Items that have ended, of a step that has any. */
  itemsEnded: number;
  /** Of so many; 0 while that is not known. */
  items: number;
  /** Whether what it did was undone. */
  isUndone: boolean;
}

const UNTOUCHED = {
  status: "waiting",
  startedAt: 0,
  endedAt: 0,
  note: "",
  fraction: null,
  itemsEnded: 0,
  items: 0,
  isUndone: false,
} as const;

/** A run as it can be watched: made from the definition, kept up to date by its events alone. */
export class RunView {
  readonly workflow: string;
  readonly steps: readonly StepView[];
  readonly #byName: ReadonlyMap<string, StepView>;
  readonly #idle = new IdleTimes();
  executionId = "";
  startedAt = 0;
  endedAt = 0;
  /** Empty while it runs. */
  status = "";

  constructor(compiled: CompiledWorkflow) {
    this.workflow = compiled.workflow.name;
    const levels = levelsOf(compiled.graph);
    this.steps = compiled.steps.map(({ name }, node) => {
      const dependencies = dependenciesOf(compiled, node);
      return { name, dependencies, level: levels[node] ?? 0, attempt: 0, ...UNTOUCHED };
    });
    this.#byName = new Map(this.steps.map((step) => [step.name, step]));
  }

  step(name: string): StepView | undefined {
    return this.#byName.get(name);
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

  /** Takes in an event; false for one that is not of this run. */
  apply(event: EngineEvent): boolean {
    if (!("execution_id" in event) || event.execution_id !== this.executionId) return false;
    this.#idle.seen(event);
    if (event.type === "workflow_started") this.startedAt ||= event.at;
    else if (event.type === "workflow_completed") [this.endedAt, this.status] = [event.at, event.status];
    else if ("step_name" in event) {
      const step = this.#byName.get(event.step_name);
      if (step) applyToStep(step, event);
    }
    return true;
  }
}

/** How a step that did not complete has ended, as a word: `failed`, `timed out`, `cancelled`. */
export const ended = (status: string): string => (status === "timeout" ? "timed out" : status);

/** How many items have ended: `3 of 10 items`. */
export const itemsNote = ({ items, itemsEnded }: StepView): string =>
  items > 0 ? `${itemsEnded} of ${count(items, "item")}` : count(itemsEnded, "item");

type StepEvent = Extract<EngineEvent, { readonly step_name: string }>;

function applyToStep(step: StepView, event: StepEvent): void {
  switch (event.type) {
    case "step_started":
      Object.assign(step, UNTOUCHED, {
        status: "running",
        attempt: event.attempt,
        startedAt: event.at,
        items: event.items ?? 0,
        itemsEnded: event.items_ended ?? 0,
      });
      return;
    case "step_progress":
      if (step.status === "running")
        Object.assign(step, { fraction: Math.min(1, Math.max(0, event.fraction)), note: event.text });
      return;
    case "step_retrying": {
      const delay = duration(event.delay_seconds * 1000);
      const note = `attempt ${event.attempt} failed, tries again in ${delay}: ${event.error}`;
      Object.assign(step, { status: "retrying", endedAt: event.at, note, fraction: null });
      return;
    }
    case "step_completed":
      Object.assign(step, {
        status: "completed",
        endedAt: event.at,
        note: event.cached ? "from the cache" : "",
        fraction: null,
      });
      return;
    case "step_failed":
      Object.assign(step, {
        status: event.status,
        endedAt: event.at,
        note: `${ended(event.status)}: ${event.error}`,
        fraction: null,
      });
      return;
    case "step_skipped":
      Object.assign(step, { status: "skipped", endedAt: event.at, note: `skipped: ${event.reason}` });
      return;
    case "step_waiting":
      Object.assign(step, { note: `waits: ${event.kind}` });
      return;
    case "item_completed":
    case "item_failed":
      step.itemsEnded += 1;
      if (step.status === "running") step.note = itemsNote(step);
      return;
    case "undo_completed":
      Object.assign(step, { isUndone: true, note: "undone" });
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
