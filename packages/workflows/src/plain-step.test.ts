import { TaskResource } from "@orch/tasks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { PLAIN_STEP } from "./plain-step.ts";
import { StepRetry } from "./step-retry.ts";
import { StepUndo } from "./step-undo.ts";
import { WorkflowStep, type WorkflowStepInit } from "./workflow-step.ts";

const REQUIRED = { name: "step", module: "core", action: "echo" };
// biome-ignore lint/suspicious/noSparseArray: a hole is no text
const HOLED = [, "a"];

/** Values that fields take, and others that come close. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>("", "a", "a.b", "__proto__", "x".repeat(129), "{{a.output}}", "{{a}} {{b}}", "{{"),
  fc.constantFrom<unknown>(
    0,
    -0,
    1,
    20,
    21,
    0.5,
    -1,
    NaN,
    Infinity,
    2 ** 53,
    3_155_760_000_000,
    3_155_760_000_001,
  ),
  fc.constantFrom<unknown>(null, true, false, "normal", "high", "stop", "continue", "inline", "thread", 1n),
  fc.constantFrom<unknown>([], ["a"], ["a", 1], HOLED, [["a"]], new Array(2)),
  fc.constantFrom<unknown>({}, { a: [1, { b: null }] }, { a: undefined }, { a: Number.NaN }, new Map()),
  fc.constantFrom<unknown>(
    { action: "undo" },
    new StepUndo({ action: "undo" }),
    new StepRetry({ factor: 3 }),
  ),
  fc.constantFrom<unknown>(
    { factor: 3 },
    { factor: "x" },
    [{ type: "cpu" }],
    [new TaskResource({ type: "cpu" })],
  ),
  fc.anything(),
);

const PLAIN: Record<keyof typeof PLAIN_STEP, unknown> = {
  name: "load_1",
  module: "core",
  action: "echo",
  parameters: { from: "{{path}}", list: [1, { deep: true }] },
  dependencies: ["a", "b"],
  timeoutMs: 1500,
  retryCount: 0,
  maxRetries: 2,
  retryDelayMs: 0,
  retry: null,
  foreach: "{{files.output}}",
  maxParallel: 4,
  resources: [],
  undo: null,
};

/** Some plain fields, and a few of any value. */
const anyStep = fc
  .tuple(
    fc.subarray(Object.entries(PLAIN)),
    fc.array(fc.tuple(fc.constantFrom(...Object.keys(WorkflowStep.schema.shape)), anyValue), {
      maxLength: 2,
    }),
  )
  .map(
    ([plain, others]): Record<string, unknown> => ({
      ...REQUIRED,
      ...Object.fromEntries([...plain, ...others]),
    }),
  );

/** The fields that a step is made of, or the problems of it. */
function made(init: Record<string, unknown>): unknown {
  try {
    return { ...new WorkflowStep(init as WorkflowStepInit) };
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

/** The same, of the schema alone. */
function parsed(init: Record<string, unknown>): unknown {
  const given = Object.entries(init).filter(([, value]) => value !== undefined);
  const { success, data } = WorkflowStep.schema.safeParse(Object.fromEntries(given));
  return success ? data : "InvalidParametersError";
}

describe("the plain values of a step", () => {
  it("are what its schema takes as they are, in every field", () => {
    const fields = Object.keys(PLAIN_STEP) as (keyof typeof PLAIN_STEP)[];
    const schemas: Readonly<Record<string, z.ZodType>> = WorkflowStep.schema.shape;
    const outcomes = { plain: 0, other: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...fields), anyValue, (field, value) => {
        const isPlain = PLAIN_STEP[field](value);
        outcomes[isPlain ? "plain" : "other"]++;
        if (!isPlain) return;
        expect(schemas[field]?.safeParse(value)).toEqual({ success: true, data: value });
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(outcomes.plain, outcomes.other)).toBeGreaterThan(200);
  });

  it("make the steps that the schema makes, and no others", () => {
    const outcomes = { made: 0, refused: 0 };
    fc.assert(
      fc.property(anyStep, (init) => {
        // Null stands for a field that is left out where its schema takes no null.
        const plain = Object.fromEntries(Object.entries(init).filter(([, value]) => value !== null));
        const expected = parsed(plain);
        expect(made(plain)).toEqual(expected);
        if (typeof expected === "string") outcomes.refused++;
        else outcomes.made++;
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(outcomes.made, outcomes.refused)).toBeGreaterThan(150);
  });

  it("are those of most steps, so that the schema is not asked", () => {
    for (const [field, isPlain] of Object.entries(PLAIN_STEP))
      expect([field, isPlain(PLAIN[field as keyof typeof PLAIN_STEP])]).toEqual([field, true]);
  });
});
