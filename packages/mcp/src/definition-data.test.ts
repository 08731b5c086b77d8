import { describe, expect, it } from "vitest";
import { definitionData } from "./definition-data.ts";

const step = (index: number, more: object = {}) => ({
  ...{ name: `step_${index}`, module: "work", action: "do", dependencies: [], ...more },
});
const report = (count: number, more: object = {}) => ({
  definition: {
    name: "a b",
    description: "d",
    steps: Array.from({ length: count }, (_, i) => step(i, more)),
  },
  levels: [Array.from({ length: count }, (_, i) => `step_${i}`)],
  diagram: "graph TD\n".repeat(10 * count),
});
const BUDGET = 4000;
const sizeOf = (data: object) => JSON.stringify(data).length;
const trimmed = (count: number, more?: object) => definitionData("a b", report(count, more), BUDGET);

describe("the definition of a workflow", () => {
  it("is whole where it fits, and where there is no limit", () => {
    expect(trimmed(3)).toEqual({ workflow_name: "a b", ...report(3) });
    expect(definitionData("a b", report(5000), null)).toEqual({ workflow_name: "a b", ...report(5000) });
  });

  it("goes without its graph, then without parameters of its steps, then without its order, and says where all of it is", () => {
    const link = { trimmed: true, resource: "orch://workflows/a%20b" };
    expect(trimmed(30)).toEqual({
      ...{ workflow_name: "a b", ...link, steps_count: 30 },
      definition: report(30).definition,
      levels: report(30).levels,
    });
    const large = trimmed(20, { parameters: { text: "x".repeat(500) } });
    expect(large).toMatchObject({ ...link, steps_count: 20, levels: report(20).levels });
    expect(large).toMatchObject({ definition: { description: "d", steps: report(20).definition.steps } });
    expect(trimmed(55, { parameters: { text: "x".repeat(500) } })).not.toHaveProperty("levels");
  });

  it("has the first steps where there are very many, never more than the budget", () => {
    for (const count of [60, 200, 1000, 20_000]) {
      const data = trimmed(count);
      const { steps } = data["definition"] as { steps: object[] };
      expect(sizeOf(data)).toBeLessThanOrEqual(BUDGET);
      expect(sizeOf(data)).toBeGreaterThan(BUDGET - 100);
      expect(steps).toEqual(report(count).definition.steps.slice(0, steps.length));
      expect(data["steps_count"]).toBe(count);
    }
    const long = { ...report(1), definition: { ...report(1).definition, description: "d".repeat(9000) } };
    expect(sizeOf(definitionData("a b", long, BUDGET))).toBeLessThan(BUDGET);
  });
});
