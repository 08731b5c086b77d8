import type { JsonObject } from "@orch/core";
import fc from "fast-check";

/** A step of a random workflow with everything that a step can be. Dependencies are lower numbers. */
export interface FeatureStep {
  readonly kind: "act" | "foreach" | "sleep" | "answer" | "child";
  readonly dependencies: readonly number[];
  /** The items of a `foreach`: whether each fails; of any other kind the first one counts. */
  readonly fails: readonly boolean[];
  readonly policy: "stop" | "continue";
  readonly hasUndo: boolean;
  readonly required: boolean;
}

/** What must come out of a workflow, whatever happens to its process on the way. */
export interface FeatureOutcome {
  readonly statuses: readonly string[];
  readonly outputs: readonly unknown[];
  readonly status: "completed" | "failed";
}

/** Random workflows of up to `most` steps. */
export const featurePlans = (most: number): fc.Arbitrary<readonly FeatureStep[]> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom("act", "foreach", "sleep", "answer", "child"),
        picks: fc.array(fc.nat(1000), { maxLength: 2 }),
        fails: fc.array(fc.constantFrom(false, false, true), { minLength: 1, maxLength: 4 }),
        policy: fc.constantFrom("stop", "continue"),
        hasUndo: fc.constantFrom(true, true, false),
        required: fc.constantFrom(true, true, false),
      }),
      { minLength: 1, maxLength: most },
    )
    .map((drafts) =>
      drafts.map(({ picks, ...step }, node) => ({
        ...step,
        dependencies: node === 0 ? [] : [...new Set(picks.map((pick) => pick % node))],
      })),
    ) as fc.Arbitrary<readonly FeatureStep[]>;

/** What a step gives when it completes, and null when it does not. */
export function outputOf({ kind, fails, policy }: FeatureStep): {
  readonly ok: boolean;
  readonly output: unknown;
} {
  const [first = false] = fails;
  if (kind === "sleep") return { ok: true, output: { slept: 1 } };
  if (kind === "answer") return { ok: true, output: "default" };
  if (kind === "child") return first ? { ok: false, output: null } : { ok: true, output: { inner: "done" } };
  if (kind === "act") return first ? { ok: false, output: null } : { ok: true, output: "done" };
  if (policy === "stop" && fails.includes(true)) return { ok: false, output: null };
  return { ok: true, output: fails.map((each) => (each ? null : "done")) };
}

/** Runs a plan by the book: what fails skips what needs it, unless it is not required. */
export function featureReference(steps: readonly FeatureStep[]): FeatureOutcome {
  const statuses: string[] = [];
  const outputs: unknown[] = [];
  for (const step of steps) {
    const isCutOff = step.dependencies.some((each) => {
      const isRequired = statuses[each] === "skipped" || steps[each]?.required;
      return statuses[each] !== "completed" && isRequired;
    });
    const { ok, output } = outputOf(step);
    statuses.push(isCutOff ? "skipped" : ok ? "completed" : "failed");
    outputs.push(isCutOff ? null : output);
  }
  const hasFailed = steps.some(({ required }, node) => required && statuses[node] === "failed");
  return { statuses, outputs, status: hasFailed ? "failed" : "completed" };
}

/** The plan as a definition; `inner` and `broken` are workflows of one step. */
export const featureSteps = (steps: readonly FeatureStep[]): JsonObject[] =>
  steps.map(({ kind, dependencies, fails, policy, hasUndo, required }, node) => ({
    name: `s${node}`,
    dependencies: dependencies.map((each) => `s${each}`),
    required,
    max_retries: 0,
    retry_delay: 0,
    ...(hasUndo
      ? { undo: { module: "it", action: "undo", parameters: { of: `s${node}` }, max_retries: 0 } }
      : {}),
    ...bodyOf(kind, fails, policy),
  }));

function bodyOf(kind: FeatureStep["kind"], fails: readonly boolean[], policy: string): JsonObject {
  const [first = false] = fails;
  switch (kind) {
    case "act":
      return { module: "it", action: "act", parameters: { fails: first } };
    case "foreach":
      return {
        module: "it",
        action: "act",
        foreach: [...fails],
        parameters: { fails: "{{item}}" },
        max_parallel: 2,
        on_item_failure: policy,
      };
    case "sleep":
      return { module: "wait", action: "sleep", parameters: { duration: 1 } };
    case "answer":
      return { module: "wait", action: "answer", parameters: { default: "default" }, timeout: 1 };
    case "child":
      return { module: "workflow", action: "run", parameters: { workflow: first ? "broken" : "inner" } };
  }
}
