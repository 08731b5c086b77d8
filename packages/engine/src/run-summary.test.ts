import { readDefinitionText } from "@orch/workflows";
import fc from "fast-check";
import { expect, it } from "vitest";
import { summarizeRun } from "./run-summary.ts";

function workflow(dependencies: Record<string, string[]>) {
  const steps = Object.entries(dependencies).map(([name, after]) => ({
    name,
    module: "m",
    action: "a",
    dependencies: after,
  }));
  const { compiled } = readDefinitionText(JSON.stringify({ name: "w", steps }), "w.json");
  if (compiled === null) throw new Error("not a workflow");
  return compiled;
}
const span = (name: string, startMs: number, endMs: number) => ({
  name,
  startMs,
  endMs,
  status: "completed",
});

it("finds the chain that took longest, and how much ran at once", () => {
  const compiled = workflow({ a: [], b: ["a"], c: ["a"], d: ["b", "c"] });
  const spans = [span("a", 0, 100), span("b", 100, 200), span("c", 100, 400), span("d", 400, 500)];
  expect(summarizeRun(compiled, spans, 500)).toEqual({
    durationMs: 500,
    busyMs: 600,
    parallelism: 1.2,
    criticalPath: ["a", "c", "d"],
    criticalPathMs: 500,
  });
});

it("leaves out steps that never ran", () => {
  const summary = summarizeRun(workflow({ a: [], b: ["a"] }), [span("a", 0, 10)], 10);
  expect(summary).toMatchObject({ criticalPath: ["a"], criticalPathMs: 10 });
});

it("never finds a critical path longer than the time in steps", () => {
  const steps = fc.array(fc.nat(50), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.boolean()), (lengths, edges) => {
      const names = lengths.map((_, index) => `s${index}`);
      const dependencies = Object.fromEntries(
        names.map((name, index) => [name, names.slice(0, index).filter(() => edges.next().value === true)]),
      );
      const { criticalPathMs, busyMs } = summarizeRun(
        workflow(dependencies),
        names.map((name, index) => span(name, 0, lengths[index] ?? 0)),
        50,
      );
      expect(criticalPathMs).toBeLessThanOrEqual(busyMs);
      expect(criticalPathMs).toBeGreaterThanOrEqual(Math.max(...lengths));
    }),
  );
});
