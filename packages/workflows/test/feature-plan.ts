import type { JsonObject } from "@orch/core";
import fc from "fast-check";

/** A step of a random workflow with everything that a step can be. Dependencies are lower numbers. */
export interface FeatureStep {
  /**
   * `late`: a workflow that takes longer than its step may where the first of `fails` says so; `children`: a workflow for
   * each of `fails`.
   */
  readonly kind: "act" | "foreach" | "sleep" | "answer" | "child" | "children" | "late";
  readonly dependencies: readonly number[];
  /** The items of a `foreach` or of `children`: whether each fails; of any other kind the first one counts. */
  readonly fails: readonly boolean[];
  readonly policy: "stop" | "continue";
  /** What runs other workflows is tried once more. */
  readonly isRetried: boolean;
  readonly hasUndo: boolean;
  /** The undo of a `foreach` is one of each item. */
  readonly isPerItem: boolean;
  readonly required: boolean;
}

/** A random workflow. */
export interface FeaturePlan {
  readonly steps: readonly FeatureStep[];
  readonly onFailure: "skip_dependents" | "continue";
}

/** What must come out of a workflow, whatever happens to its process on the way. */
export interface FeatureOutcome {
  readonly statuses: readonly string[];
  readonly outputs: readonly unknown[];
  readonly status: "completed" | "failed";
}

const drafts = (most: number) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(
        "act",
        "act",
        "foreach",
        "foreach",
        "sleep",
        "answer",
        "child",
        "children",
        "late",
      ),
      picks: fc.oneof(fc.constant<number[]>([]), fc.array(fc.nat(1000), { minLength: 1, maxLength: 2 })),
      fails: fc.array(fc.constantFrom(false, false, true), { minLength: 1, maxLength: 4 }),
      policy: fc.constantFrom("stop", "continue"),
      isRetried: fc.boolean(),
      hasUndo: fc.boolean(),
      isPerItem: fc.boolean(),
      required: fc.constantFrom(true, true, false),
    }),
    { minLength: 1, maxLength: most },
  );

/** Random workflows of up to `most` steps. */
export const featurePlans = (most: number): fc.Arbitrary<FeaturePlan> =>
  fc.record({
    onFailure: fc.constantFrom("skip_dependents", "continue"),
    steps: drafts(most).map((steps) =>
      steps.map(({ picks, ...step }, node) => ({
        ...step,
        dependencies: node === 0 ? [] : [...new Set(picks.map((pick) => pick % node))],
      })),
    ),
  }) as fc.Arbitrary<FeaturePlan>;

/** The plan when nothing is broken any more; what fails for its own parameters fails as before. */
export const healed = ({ steps, onFailure }: FeaturePlan): FeaturePlan => ({
  onFailure,
  steps: steps.map((step) =>
    step.kind === "answer" ? step : { ...step, fails: step.fails.map(() => false) },
  ),
});

/** How a step ends that gets these results of its dependencies. */
export function endOf(
  { kind, fails, policy }: FeatureStep,
  got: readonly unknown[],
): { readonly status: string; readonly output: unknown } {
  const [first = false] = fails;
  const completed = (output: unknown) => ({ status: "completed", output });
  if (kind === "sleep") return completed({ slept: 1 });
  if (kind === "foreach") {
    if (policy === "stop" && fails.includes(true)) return { status: "failed", output: null };
    return completed(fails.map((each) => (each ? null : got)));
  }
  if (kind === "children") {
    if (policy === "stop" && fails.includes(true)) return { status: "failed", output: null };
    return completed(fails.map((each) => (each ? null : INNER)));
  }
  if (first) return { status: kind === "late" ? "timeout" : "failed", output: null };
  if (kind === "act") return completed(got);
  return completed(kind === "answer" ? "default" : INNER);
}

/** What the workflows inside give. */
const INNER = { inner: "done", after: "done" };

/** Runs a plan by the book: what fails skips what needs it, unless it is not required or hinders nothing. */
export function featureReference({ steps, onFailure }: FeaturePlan): FeatureOutcome {
  const statuses: string[] = [];
  const outputs: unknown[] = [];
  for (const step of steps) {
    const isCutOff = step.dependencies.some((each) => {
      const isRequired = statuses[each] === "skipped" || (steps[each]?.required && onFailure !== "continue");
      return statuses[each] !== "completed" && isRequired;
    });
    const got = step.dependencies.map((each) => outputs[each]);
    const { status, output } = isCutOff ? { status: "skipped", output: null } : endOf(step, got);
    statuses.push(status);
    outputs.push(output);
  }
  const hasFailed = steps.some(
    ({ required }, node) => required && (statuses[node] === "failed" || statuses[node] === "timeout"),
  );
  return { statuses, outputs, status: hasFailed ? "failed" : "completed" };
}

/** The plan as a definition; `inner`, `broken`, `late` and `idle` are workflows of two steps; the last has nothing to undo. The parameter `word` is a text. */
export const featureSteps = ({ steps }: FeaturePlan): JsonObject[] =>
  steps.map((step, node) => ({
    name: `s${node}`,
    dependencies: step.dependencies.map((each) => `s${each}`),
    required: step.required,
    max_retries: 0,
    retry_delay: 0,
    ...(step.hasUndo
      ? { undo: { module: "it", action: "undo", parameters: undoneBy(step, node), max_retries: 0 } }
      : {}),
    ...bodyOf(step),
  }));

const undoneBy = ({ kind, isPerItem }: FeatureStep, node: number): JsonObject => {
  const output = `{{s${node}.output}}`;
  const isList = kind === "foreach" || kind === "children";
  return isList && isPerItem ? { of: "{{index}}", output } : { of: `s${node}`, output };
};

function bodyOf({ kind, fails, policy, isRetried, dependencies }: FeatureStep): JsonObject {
  const [first = false] = fails;
  const got = dependencies.map((each) => `{{s${each}.output}}`);
  const run = { module: "workflow", action: "run", max_retries: isRetried ? 1 : 0 };
  switch (kind) {
    case "act":
      return { module: "it", action: "act", parameters: { fails: first, got } };
    case "foreach":
      return {
        module: "it",
        action: "act",
        foreach: [...fails],
        parameters: { fails: "{{item}}", got },
        max_parallel: 2,
        on_item_failure: policy,
      };
    case "sleep":
      return { module: "wait", action: "sleep", parameters: { duration: 1 } };
    case "answer":
      return {
        module: "wait",
        action: "answer",
        parameters: { default: "{{word}}", form: { type: first ? "integer" : "string" } },
        timeout: 1,
      };
    case "child":
      return { ...run, parameters: { workflow: first ? "broken" : "inner" } };
    case "children":
      return {
        ...run,
        foreach: fails.map((each) => (each ? "broken" : "inner")),
        parameters: { workflow: "{{item}}" },
        max_parallel: 2,
        on_item_failure: policy,
      };
    case "late":
      return {
        ...run,
        parameters: { workflow: first ? (policy === "stop" ? "late" : "idle") : "inner" },
        // More than the clocks of two processes are apart.
        timeout: 10,
      };
  }
}
