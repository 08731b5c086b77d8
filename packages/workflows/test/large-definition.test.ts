import { describe, expect, it } from "vitest";
import { checkWorkflow } from "../src/check-workflow.ts";
import { readDefinitionText } from "../src/definition-files.ts";
import { jsonPlaces } from "../src/json-places.ts";

/** A definition of many steps that refer to each other; with `broken`, every one has a problem. */
const aText = (size: number, broken = false): string =>
  JSON.stringify({
    name: "large",
    parameters: { path: { type: "string", default: "." } },
    steps: Array.from({ length: size }, (_, index) => ({
      name: `step_${index}`,
      module: "core",
      action: "echo",
      parameters: { value: index === 0 ? 1 : `{{step_${index - 1}.output}}`, path: "{{path}}" },
      dependencies: broken ? ["nowhere"] : index > 10 ? [`step_${index - 10}`] : [],
    })),
  });

/** Processor time that a call takes, the best of several: what else the machine does is not counted. */
function cost(run: () => void, times = 3): number {
  const costs = Array.from({ length: times }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...costs);
}

describe("a definition of very many steps", () => {
  it("is loaded, planned and checked whole, in the most steps that are allowed", () => {
    const { compiled, problems } = readDefinitionText(aText(100_000), "large.json");
    expect(problems).toEqual([]);
    expect(compiled?.graph.size).toBe(100_000);
    expect(compiled && checkWorkflow(compiled)).toEqual([]);
    const [problem, ...others] = readDefinitionText(aText(100_001), "large.json").problems;
    expect(problem).toMatchObject({
      path: "steps",
      message: expect.stringContaining("100000 steps at most"),
    });
    expect(others).toEqual([]);
  });

  it.each([
    ["sound", false],
    ["broken in every step", true],
  ])("costs eight times as much with eight times the steps, where it is %s", (_, broken) => {
    const [small, large] = [aText(1_000, broken), aText(8_000, broken)];
    const load = (text: string) => {
      const { compiled, problems } = readDefinitionText(text, "large.json");
      if (compiled) checkWorkflow(compiled);
      expect(problems.length > 0).toBe(broken);
    };
    load(large);
    const growth = cost(() => load(large)) / cost(() => load(small));
    // Linear is 8, quadratic 64: far from both, for a machine that is busy with other things.
    expect(growth).toBeLessThan(24);
  });

  it("finds the places of many problems in one pass", () => {
    const text = aText(4_000);
    const paths = (count: number) =>
      Array.from({ length: count }, (_, index) => ["steps", String(index), "name"]);
    const one = cost(() => void jsonPlaces(text, paths(1)));
    expect(cost(() => void jsonPlaces(text, paths(4_000))) / one).toBeLessThan(12);
  });

  it("tells every key that stands twice, at no more than linear cost", () => {
    const twice = (size: number) => `{${Array.from({ length: size }, () => '"a": 1').join(",\n")}}`;
    const load = (text: string) => readDefinitionText(text, "twice.json").problems.length;
    expect(load(twice(1_000))).toBeGreaterThanOrEqual(999);
    const [small, large] = [twice(1_000), twice(8_000)];
    load(large);
    expect(cost(() => void load(large)) / cost(() => void load(small))).toBeLessThan(24);
  });
});
