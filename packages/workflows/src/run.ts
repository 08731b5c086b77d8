import type { JsonObject, JsonValue } from "@orch/core";
import { Frontier, type FrontierSnapshot } from "@orch/dag";
import { type Failure, failureOf, TaskCancelledError } from "@orch/tasks";
import { asJson, type CompiledWorkflow, type StepView } from "./compiled-workflow.ts";
import { controlOf } from "./control-step.ts";
import type { FailureMode } from "./failure-mode.ts";
import { refuseUnknownControl } from "./known-action.ts";
import { describeEnd, noChange, type RunChange, type RunEnd, type StepEnd } from "./run-change.ts";
import { resolveControl, resolveItems, resolveParameters, resolveReference } from "./step-parameters.ts";

/** What a {@link Run} is made from. */
export interface RunInit {
  readonly compiled: CompiledWorkflow;
  readonly parameters: JsonObject;
  /** Names of parameters that win over a step's own. @default none */
  readonly overrides?: Iterable<string>;
  readonly onFailure: FailureMode;
  /** What conditions see as `execution`. @default {} */
  readonly about?: JsonObject;
  /** How far it has come already. @default not begun */
  readonly progress?: { readonly frontier: FrontierSnapshot; readonly ends: (StepEnd | undefined)[] };
}

/** Characters of a condition that are quoted. */
const MOST_QUOTED = 200;

// A step: blocked ─► given out (ready in the frontier) ─► begun ─► ended, and blocked | given out ─► skipped.

/**
 * The state of an execution: which steps have ended how, and what may run next. Pure: told what happened, it says what
 * follows; the same calls give the same answers, so a resumed run goes on as an uninterrupted one would. Every call costs
 * what the steps that it concerns have dependents, references and text.
 */
export class Run {
  readonly compiled: CompiledWorkflow;
  readonly parameters: JsonObject;
  readonly overrides: ReadonlySet<string>;
  readonly #onFailure: FailureMode;
  readonly #about: JsonObject;
  readonly #frontier: Frontier;
  readonly #ends: (StepEnd | undefined)[];
  #cancelled: { readonly failure: Failure; readonly status: "cancelled" | "failed" } | null = null;
  #stopped = false;

  constructor({ compiled, parameters, overrides = [], onFailure, about = {}, progress }: RunInit) {
    this.compiled = compiled;
    this.parameters = parameters;
    this.overrides = new Set(overrides);
    this.#onFailure = onFailure;
    this.#about = about;
    const { graph } = compiled;
    this.#frontier = progress ? Frontier.restore(graph, progress.frontier) : new Frontier(graph);
    this.#ends = progress?.ends ?? new Array<StepEnd | undefined>(graph.size);
  }

  /** Whether every step has ended. */
  get done(): boolean {
    return this.#frontier.done;
  }

  /** How a step ended, or undefined. */
  endOf(node: number): StepEnd | undefined {
    return this.#ends[node];
  }

  /** The first steps; after a restore, those that can go on. Called once. */
  begin(): RunChange {
    const change = noChange();
    this.#offer(this.#frontier.ready(), change);
    return change;
  }

  /** A step that was given out runs (for the first time or again): from now on a stop does not take it back. */
  stepBegan(node: number): void {
    if (this.#frontier.state(node) === "ready") this.#frontier.start(node);
  }

  /** A step that was given out has ended. */
  stepEnded(node: number, end: StepEnd): RunChange {
    const change = noChange();
    if (end.status === "completed") {
      this.#ends[node] = end;
      this.#offer(this.#frontier.complete(node), change);
    } else this.#offer(this.#fail(node, end, change), change);
    return change;
  }

  /** Nothing new starts, and what runs is to be cancelled; the run ends with `status`. */
  cancel(failure: Failure, status: "cancelled" | "failed"): RunChange {
    const change = noChange();
    this.#cancelled ??= { failure, status };
    this.#stop(failure.message, change);
    change.cancelRunning = failure;
    return change;
  }

  /** How the run ended, once it is {@link done}. */
  end(): RunEnd {
    const errors: string[] = [];
    const warnings: string[] = [];
    let errorCode: string | null = null;
    for (const [node, end] of this.#ends.entries()) {
      const step = this.compiled.steps[node];
      if (end?.warning !== undefined) warnings.push(`Step ${step?.name}: ${end.warning}`);
      if (!end || !step || (end.status !== "failed" && end.status !== "timeout")) continue;
      (step.required ? errors : warnings).push(describeEnd(step.name, end));
      if (step.required) errorCode ??= end.failure?.code ?? null;
    }
    if (this.#cancelled === null)
      return { status: errors.length > 0 ? "failed" : "completed", errors, warnings, errorCode };
    const { failure, status } = this.#cancelled;
    return { status, errors: [failure.message, ...errors], warnings, errorCode: failure.code };
  }

  /** What references to a step see. */
  viewOf(node: number): StepView {
    const end = this.#ends[node];
    const success = end?.status === "completed";
    return {
      output: success ? end.output : null,
      status: end?.status ?? "pending",
      success,
      error: end?.failure?.message ?? null,
    };
  }

  /** The parameters of a step as it gets them. Throws WORKFLOW_UNRESOLVED_REFERENCE. */
  parametersOf(node: number): JsonObject {
    const step = this.compiled.steps[node];
    return step && controlOf(step) !== null ? resolveControl(this, node) : resolveParameters(this, node);
  }

  /** The outputs of all steps that have completed, by name. */
  results(): JsonObject {
    const results: [string, JsonValue][] = [];
    for (const [node, end] of this.#ends.entries()) {
      if (end?.status === "completed") results.push([this.#nameOf(node), end.output]);
    }
    return Object.fromEntries(results);
  }

  /** Decides on ready steps, one after the other: a skipped one may make further ones ready. */
  #offer(ready: readonly number[], change: RunChange): void {
    const open = [...ready].reverse();
    for (let node = open.pop(); node !== undefined && !this.#stopped; node = open.pop()) {
      const further = this.#decide(node, change);
      for (const each of [...further].reverse()) open.push(each);
    }
    change.start.sort((a, b) => a.node - b.node);
  }

  /** Gives out a ready step, skips it, or fails it; returns the steps that became ready by it. */
  #decide(node: number, change: RunChange): readonly number[] {
    try {
      if (!this.#conditionHolds(node)) return this.#skip(node, this.#falseCondition(node), change);
      const step = this.compiled.steps[node];
      if (step) refuseUnknownControl(step);
      const items = this.#itemsOf(node);
      // Each item has parameters of its own.
      change.start.push({
        node,
        items,
        parameters: items === null ? this.parametersOf(node) : this.parameters,
      });
      return [];
    } catch (error) {
      const end: StepEnd = { status: "failed", output: null, failure: failureOf(error) };
      change.ended.push({ node, end });
      return this.#fail(node, end, change);
    }
  }

  #falseCondition(node: number): string {
    const text = this.compiled.steps[node]?.runIf ?? "";
    const quoted = text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
    return `its condition is false: ${quoted}`;
  }

  /** What a `foreach` step goes over; null for any other. */
  #itemsOf(node: number): readonly JsonValue[] | null {
    const foreach = this.compiled.steps[node]?.foreach ?? null;
    return foreach === null ? null : resolveItems(this, node);
  }

  #conditionHolds(node: number): boolean {
    const condition = this.compiled.conditions[node];
    if (!condition) return true;
    const { graph } = this.compiled;
    const steps = Object.fromEntries(
      condition.steps.map((name) => [name, this.viewOf(graph.indexOf(name))] as const),
    );
    const placeholders = condition.placeholders.map((placeholder) =>
      resolveReference(this, placeholder, node),
    );
    return condition.holds({
      params: this.parameters,
      steps: asJson(steps),
      execution: this.#about,
      placeholders,
    });
  }

  /** A step ended badly: what becomes of the others is the policy's to say. Returns the steps that became ready. */
  #fail(node: number, end: StepEnd, change: RunChange): readonly number[] {
    this.#ends[node] = end;
    const isRequired = this.compiled.steps[node]?.required !== false;
    const goesOn = !isRequired || this.#onFailure === "continue";
    const { ready, skipped } = this.#frontier.fail(node, goesOn ? "continue" : "skip");
    this.#markSkipped(skipped, `step '${this.#nameOf(node)}' did not complete`, change);
    if (isRequired && (this.#onFailure === "stop" || this.#onFailure === "cancel")) {
      const reason = `step '${this.#nameOf(node)}' failed`;
      const isFirst = !this.#stopped;
      this.#stop(reason, change);
      if (isFirst && this.#onFailure === "cancel")
        change.cancelRunning = failureOf(new TaskCancelledError(`Cancelled, because ${reason}`));
    }
    return ready;
  }

  #skip(node: number, reason: string, change: RunChange): readonly number[] {
    this.#markSkipped([node], reason, change);
    const { ready, skipped } = this.#frontier.skip(
      node,
      this.compiled.steps[node]?.required === false ? "continue" : "skip",
    );
    this.#markSkipped(skipped, `step '${this.#nameOf(node)}' was skipped`, change);
    return ready;
  }

  #markSkipped(nodes: readonly number[], reason: string, change: RunChange): void {
    for (const node of nodes) {
      const end: StepEnd = { status: "skipped", output: null, failure: null, reason };
      this.#ends[node] = end;
      change.ended.push({ node, end });
    }
  }

  /** Skips whatever has not begun, also what was given out. */
  #stop(reason: string, change: RunChange): void {
    if (this.#stopped) return;
    this.#stopped = true;
    change.start.length = 0;
    this.#markSkipped(this.#frontier.skipRest(), reason, change);
  }

  #nameOf(node: number): string {
    return this.compiled.graph.names[node] ?? "";
  }
}
