import type { JsonObject } from "@orch/core";

const step = (name: string, dependencies: readonly string[], turns: number): JsonObject => ({
  name,
  module: "story",
  action: "work",
  parameters: { turns, inputs: dependencies.map((each) => `{{${each}.output}}`) },
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** 30 steps: a chain of ten, a fan of ten behind it, a chain of nine beside it, and one that waits for all. */
export const STORY_STEPS: readonly JsonObject[] = [
  ...numbers(10).map((at) => step(`chain${at}`, at === 0 ? [] : [`chain${at - 1}`], 3)),
  ...numbers(10).map((at) => step(`fan${at}`, ["chain9"], 20 + at)),
  ...numbers(9).map((at) => step(`side${at}`, at === 0 ? [] : [`side${at - 1}`], 6)),
  step("last", [...numbers(10).map((at) => `fan${at}`), "side8"], 2),
];

/** The output of every step: one more than the sum of what it gets. */
export function storyResult(): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { name, parameters } of STORY_STEPS) {
    const inputs = (parameters as { inputs: string[] }).inputs.map(
      (each) => result[each.slice(2, -".output}}".length)] ?? Number.NaN,
    );
    result[String(name)] = inputs.reduce((sum, each) => sum + each, 1);
  }
  return result;
}
