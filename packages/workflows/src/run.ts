import { interpolate, type JsonObject, type JsonValue, type Placeholder, valueAt } from "@orch/core";
import { Frontier, type FrontierSnapshot } from "@orch/dag";
import { type Failure, failureOf, type TaskStatus } from "@orch/tasks";
import { asJson, type CompiledWorkflow, type StepView } from "./compiled-workflow.ts";
import { UnresolvedReferenceError } from "./errors.ts";
import { readReference } from "./reference.ts";
import type { FailureMode } from "./workflow.ts";

/** How a step ended. */
export interface StepEnd {
  readonly status: TaskStatus;
  readonly output: JsonValue;
  readonly failure: Failure | null;
  /** Why a step was skipped. */
  readonly reason?: string;
}

/** What follows from something that happened to a run. */
export interface RunChange {
  /** Steps to run now, with their parameters, in definition order where they became ready together. */
  readonly start: { readonly node: number; readonly parameters: JsonObject }[];
  /** Steps that ended without running: skipped, or failed because a reference or condition did. */
  readonly ended: { readonly node: number; readonly end: StepEnd }[];
  /** Whether the steps that run are to be cancelled. */
  cancelRunning: boolean;
}

/** The outcome of a whole run. */
export interface RunEnd {
  readonly status: "completed" | "failed" | "cancelled";
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly errorCode: string | null;
}

/**
 * The state of an execution: which steps have ended how, and what may run next. Pure: told what happened, it says what
 * follows; the same calls give the same answers, so a resumed run goes on as an uninterrupted one would. Every call costs
 * what the steps that it concerns have dependents, references and text.
 */
export class Run {
  readonly compiled: CompiledWorkflow;
  readonly parameters: JsonObject;
  readonly #onFailure: FailureMode;
  readonly #frontier: Frontier;
  readonly #ends: (StepEnd | undefined)[];
  #cancelled: { readonly failure: Failure; readonly status: "cancelled" | "failed" } | null = null;
  #stopped = false;

  constructor(compiled: CompiledWorkflow, parameters: JsonObject, onFailure: FailureMode, snapshot?: { readonly frontier: FrontierSnapshot; readonly ends: (StepEnd | undefined)[] }) {
    this.compiled = compiled;
    this.parameters = parameters;
    this.#onFailure = onFailure;
    this.#frontier = snapshot ? Frontier.restore(compiled.graph, snapshot.frontier) : new Frontier(compiled.graph);
    this.#ends = snapshot?.ends ?? new Array<StepEnd | undefined>(compiled.graph.size);
  }

  /** Whether every step has ended. */
  get done(): boolean {
    return this.#frontier.done;
  }

  /** How a step ended, or undefined. */
  endOf(node: number): StepEnd | undefined {
    return this.#ends[node];
  }

  /** The first steps; after a restore, those that can go on. */
  begin(): RunChange {
    const change = noChange();
    this.#offer(this.#frontier.ready(), change);
    return change;
  }

  /** A step that was given out has ended. */
  stepEnded(node: number, end: StepEnd): RunChange {
    const change = noChange();
    this.#close(node, end, change);
    return change;
  }

  /** Nothing new starts, and what runs is to be cancelled; the run ends with `status`. */
  cancel(failure: Failure, status: "cancelled" | "failed"): RunChange {
    const change = noChange();
    this.#cancelled ??= { failure, status };
    this.#stop(failure.message, change);
    change.cancelRunning = true;
    return change;
  }

  /** How the run ended, once it is {@link done}. */
  end(): RunEnd {
    const errors: string[] = [];
    const warnings: string[] = [];
    let errorCode: string | null = null;
    this.#ends.forEach((end, node) => {
      const step = this.compiled.steps[node];
      if (!end || !step || (end.status !== "failed" && end.status !== "timeout")) return;
      const text = describeEnd(step.name, end);
      if (step.required) {
        errors.push(text);
        errorCode ??= end.failure?.code ?? null;
      } else warnings.push(text);
    });
    if (this.#cancelled) {
      const { failure, status } = this.#cancelled;
      return { status, errors: [failure.message], warnings, errorCode: failure.code };
    }
    return { status: errors.length > 0 ? "failed" : "completed", errors, warnings, errorCode };
  }

  /** What references to a step see. */
  viewOf(node: number): StepView {
    const end = this.#ends[node];
    const success = end?.status === "completed";
    return { output: success ? end.output : null, status: end?.status ?? "pending", success, error: end?.failure?.message ?? null };
  }

  /** The outputs of all steps that have completed, by name. */
  results(): JsonObject {
    const results: Record<string, JsonValue> = {};
    this.#ends.forEach((end, node) => {
      if (end?.status === "completed") results[this.compiled.graph.names[node] ?? ""] = end.output;
    });
    return results;
  }

  /** Decides on ready steps, one after the other: a skipped one may make further ones ready. */
  #offer(ready: readonly number[], change: RunChange): void {
    const open = [...ready].reverse();
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (this.#stopped) continue;
      const further = this.#decide(node, change);
      for (const each of [...further].reverse()) open.push(each);
    }
  }

  /** Starts a ready step, skips it, or fails it; returns the steps that became ready by it. */
  #decide(node: number, change: RunChange): readonly number[] {
    const step = this.compiled.steps[node];
    if (!step) return [];
    try {
      if (!this.#conditionHolds(node)) return this.#skip(node, "its condition is false", step.required, change);
      const parameters = this.parametersOf(node);
      this.#frontier.start(node);
      change.start.push({ node, parameters });
      return [];
    } catch (error) {
      return this.#fail(node, { status: "failed", output: null, failure: failureOf(error) }, change);
    }
  }

  #conditionHolds(node: number): boolean {
    const condition = this.compiled.conditions[node];
    if (!condition) return true;
    const { graph } = this.compiled;
    const steps = Object.fromEntries(condition.steps.map((name) => [name, this.viewOf(graph.indexOf(name))] as const));
    const placeholders = condition.placeholders.map((placeholder) => this.#valueOf(placeholder, node));
    return condition.holds({ params: this.parameters, steps: asJson(steps), execution: {}, placeholders });
  }

  /** The parameters of a step with every placeholder replaced; keys that the step lacks come from the caller's parameters. */
  parametersOf(node: number): JsonObject {
    const own = this.compiled.steps[node]?.parameters ?? {};
    const resolved = interpolate(own, (placeholder) => this.#valueOf(placeholder, node)) as JsonObject;
    return { ...this.parameters, ...resolved };
  }

  #valueOf(placeholder: Placeholder, node: number): JsonValue {
    const { graph } = this.compiled;
    const reference = readReference(placeholder, (name) => graph.indexOf(name) >= 0);
    if (reference.kind === "step") {
      const view = this.viewOf(graph.indexOf(reference.step));
      const part = reference.part === "result" ? "output" : reference.part;
      // Of a step without an output every path is null.
      if (part === "output" && !view.success) return null;
      return found(valueAt(view[part], reference.path), reference.text, graph.names[node]);
    }
    const value = reference.kind === "parameter" ? valueAt(this.parameters, [reference.name, ...reference.path]) : undefined;
    return found(value, placeholder.text, graph.names[node]);
  }

  #close(node: number, end: StepEnd, change: RunChange): void {
    if (end.status === "completed") {
      this.#ends[node] = end;
      this.#offer(this.#frontier.complete(node), change);
    } else this.#offer(this.#fail(node, end, change, true), change);
  }

  /** A step ended badly: what becomes of the others is the policy's to say. */
  #fail(node: number, end: StepEnd, change: RunChange, ran = false): readonly number[] {
    const step = this.compiled.steps[node];
    this.#ends[node] = end;
    if (!ran) change.ended.push({ node, end });
    const goesOn = step?.required === false || this.#onFailure === "continue";
    const { ready, skipped } = this.#frontier.fail(node, goesOn ? "continue" : "skip");
    this.#markSkipped(skipped, `step '${step?.name}' did not complete`, change);
    if (step?.required !== false && (this.#onFailure === "stop" || this.#onFailure === "cancel")) {
      this.#stop(`step '${step?.name}' failed`, change);
      if (this.#onFailure === "cancel") change.cancelRunning = true;
    }
    return ready;
  }

  #skip(node: number, reason: string, required: boolean, change: RunChange): readonly number[] {
    this.#markSkipped([node], reason, change);
    const { ready, skipped } = this.#frontier.skip(node, required ? "skip" : "continue");
    this.#markSkipped(skipped, `step '${this.compiled.graph.names[node]}' was skipped`, change);
    return ready;
  }

  #markSkipped(nodes: readonly number[], reason: string, change: RunChange): void {
    for (const node of nodes) {
      const end: StepEnd = { status: "skipped", output: null, failure: null, reason };
      this.#ends[node] = end;
      change.ended.push({ node, end });
    }
  }

  #stop(reason: string, change: RunChange): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#markSkipped(this.#frontier.skipRest(), reason, change);
  }
}

const noChange = (): RunChange => ({ start: [], ended: [], cancelRunning: false });

function found(value: JsonValue | undefined, reference: string, step = ""): JsonValue {
  if (value !== undefined) return value;
  throw new UnresolvedReferenceError(`${reference} in step '${step}' names nothing`, {
    details: { reference, step },
    suggestions: ["Give the parameter, or correct the path into the step's output."],
  });
}

/** One line for a step that ended badly: `Step a failed: boom!`. */
export function describeEnd(step: string, { status, failure }: StepEnd): string {
  if (status !== "timeout") return `Step ${step} failed: ${failure?.message ?? "unknown"}`;
  const seconds = Number(failure?.details["timeout_ms"] ?? 0) / 1000;
  return `Step ${step} timed out after ${seconds} seconds`;
}
