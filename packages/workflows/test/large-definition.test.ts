import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkWorkflow } from "../src/check-workflow.ts";
import { readDefinitionText } from "../src/definition-files.ts";
import { jsonPlaces } from "../src/json-places.ts";
import { largeText } from "./large-text.ts";

const directory = mkdtempSync(join(tmpdir(), "orch-large-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** What it costs a process of its own to load, check and plan definitions of these sizes, one after the other. */
function costsOf(...sizes: number[]) {
  const files = sizes.map((size, index) => {
    const file = join(directory, `large-${index}.json`);
    writeFileSync(file, largeText(size));
    return file;
  });
  const script = new URL("./large-definition-process.ts", import.meta.url).pathname;
  const out = execFileSync(process.execPath, ["--conditions=@orch/source", script, ...files], {
    encoding: "utf8",
  });
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<"steps" | "levels" | "micros" | "peakKib", number>);
}

/** Processor time that a call takes. */
function cost(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * How many times as much one costs as another: the ratio of the lowest of each. Other load only makes a round dearer, so
 * it is asked again, ten times at most, as long as the ratio is not below `bound`: what is not linear never gets there.
 */
function timesAsMuch(one: () => number, other: () => number, bound: number): number {
  let [lowest, othersLowest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 10 && !(lowest / othersLowest < bound); round++) {
    lowest = Math.min(lowest, one());
    othersLowest = Math.min(othersLowest, other());
  }
  return lowest / othersLowest;
}

describe("a definition of very many steps", () => {
  it("is loaded, planned and checked whole, in the most steps that are allowed", () => {
    const { compiled, problems } = readDefinitionText(largeText(100_000), "large.json");
    expect(problems).toEqual([]);
    expect(compiled?.graph.size).toBe(100_000);
    expect(compiled && checkWorkflow(compiled)).toEqual([]);
    const [problem, ...others] = readDefinitionText(largeText(100_001), "large.json").problems;
    expect(problem).toMatchObject({
      path: "steps",
      message: expect.stringContaining("100000 steps at most"),
    });
    expect(others).toEqual([]);
  });

  it("costs no more for each step than a tenth of them does", () => {
    // In one process, so that both run compiled code; the first time is not counted.
    let perStep: number[] = [];
    const measure = () => {
      const costs = costsOf(10_000, 10_000, 100_000);
      expect(costs.map(({ levels }) => levels)).toEqual([10_000, 10_000, 100_000]);
      perStep = costs.map(({ steps, micros }) => micros / steps);
      return perStep.pop() ?? Number.NaN;
    };
    expect(timesAsMuch(measure, () => perStep.pop() ?? Number.NaN, 2)).toBeLessThan(2);
  });

  it("fits into 300 MiB with all that runs it", () => {
    const [whole] = costsOf(100_000);
    expect(whole?.peakKib).toBeLessThan(300 * 1024);
  });

  it.each([
    ["sound", false],
    ["broken in every step", true],
  ])("costs eight times as much with eight times the steps, where it is %s", (_, broken) => {
    const [small, large] = [largeText(1_000, broken), largeText(8_000, broken)];
    const load = (text: string) => {
      const { compiled, problems } = readDefinitionText(text, "large.json");
      if (compiled) checkWorkflow(compiled);
      expect(problems.length > 0).toBe(broken);
    };
    load(large);
    const costOf = (text: string) => () => cost(() => load(text));
    // Linear is 8, quadratic 64: far from both, for a machine that is busy with other things.
    expect(timesAsMuch(costOf(large), costOf(small), 24)).toBeLessThan(24);
  });

  it("finds the places of many problems in one pass", () => {
    const text = largeText(4_000);
    const paths = (count: number) =>
      Array.from({ length: count }, (_, index) => ["steps", String(index), "name"]);
    const costOf = (count: number) => () => cost(() => void jsonPlaces(text, paths(count)));
    expect(timesAsMuch(costOf(4_000), costOf(1), 12)).toBeLessThan(12);
  });

  it("tells every key that stands twice, at no more than linear cost", () => {
    const twice = (size: number) => `{${Array.from({ length: size }, () => '"a": 1').join(",\n")}}`;
    const load = (text: string) => readDefinitionText(text, "twice.json").problems.length;
    expect(load(twice(1_000))).toBeGreaterThanOrEqual(999);
    const costOf = (size: number) => {
      const text = twice(size);
      return () => cost(() => void load(text));
    };
    expect(timesAsMuch(costOf(16_000), costOf(2_000), 24)).toBeLessThan(24);
  });
});
