import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acyclicNodes, type TestNode } from "../test/graphs.ts";
import { compileGraph } from "./compile-graph.ts";
import { criticalPath } from "./critical-path.ts";

/** The largest weight of any path that starts at `name`, by trying all. */
function longestFrom(nodes: readonly TestNode[], name: string, weight: (name: string) => number): number {
  const dependents = nodes.filter(({ dependencies }) => dependencies.includes(name));
  return weight(name) + Math.max(0, ...dependents.map((node) => longestFrom(nodes, node.name, weight)));
}

/** When `name` can start: the largest end among its dependencies. */
function startOf(nodes: readonly TestNode[], name: string, weight: (name: string) => number): number {
  const dependencies = nodes.find((node) => node.name === name)?.dependencies ?? [];
  return Math.max(0, ...dependencies.map((each) => startOf(nodes, each, weight) + weight(each)));
}

describe("criticalPath", () => {
  it("is the path of the largest sum, with the slack of what is beside it", () => {
    const graph = compileGraph([
      { name: "fetch" },
      { name: "parse", dependencies: ["fetch"] },
      { name: "lint", dependencies: ["fetch"] },
      { name: "report", dependencies: ["parse", "lint"] },
    ]);
    const seconds: Record<string, number> = { fetch: 2, parse: 5, lint: 1, report: 0.5 };
    const found = criticalPath(graph, { weight: (name) => seconds[name] ?? 0 });
    expect(found.path).toEqual(["fetch", "parse", "report"]);
    expect(found.length).toBe(7.5);
    expect([...found.slack]).toEqual([0, 0, 4, 0]);
    expect([...found.earliestStart]).toEqual([0, 2, 2, 7]);
    expect([...found.remaining]).toEqual([7.5, 5.5, 1.5, 0.5]);
  });

  it("takes the earlier-defined of equal paths, starts at a root and needs no weights", () => {
    const graph = compileGraph([
      { name: "b" },
      { name: "a" },
      { name: "d", dependencies: ["a", "b"] },
      { name: "c", dependencies: ["a", "b"] },
    ]);
    expect(criticalPath(graph)).toMatchObject({ path: ["b", "d"], length: 2 });
    expect(criticalPath(graph, { weight: () => 0 })).toMatchObject({ path: ["b", "d"], length: 0 });
    expect(criticalPath(compileGraph([]))).toMatchObject({ path: [], length: 0 });
  });

  it("agrees with trying all paths", () => {
    fc.assert(
      fc.property(
        acyclicNodes(10),
        fc.array(fc.nat({ max: 5 }), { minLength: 10, maxLength: 10 }),
        (nodes, weights) => {
          const weight = (name: string) => weights[Number(name.slice(1))] ?? 0;
          const found = criticalPath(compileGraph(nodes), { weight });
          const names = nodes.map(({ name }) => name);
          const length = Math.max(0, ...names.map((name) => longestFrom(nodes, name, weight)));
          expect(found.length).toBe(length);
          expect([...found.remaining]).toEqual(names.map((name) => longestFrom(nodes, name, weight)));
          expect([...found.earliestStart]).toEqual(names.map((name) => startOf(nodes, name, weight)));
          for (const [node, name] of names.entries()) {
            expect(found.slack[node]).toBe(
              length - startOf(nodes, name, weight) - longestFrom(nodes, name, weight),
            );
          }
          expect(found.path.reduce((sum, name) => sum + weight(name), 0)).toBe(length);
          for (const [at, name] of found.path.entries()) {
            const dependencies = nodes.find((node) => node.name === name)?.dependencies ?? [];
            if (at === 0) expect(dependencies).toEqual([]);
            else expect(dependencies).toContain(found.path[at - 1]);
          }
        },
      ),
    );
  });

  it("refuses weights that are negative or not finite, all at once", () => {
    const graph = compileGraph([{ name: "a" }, { name: "b" }, { name: "c" }]);
    const weights = [-1, 1, Number.NaN];
    expect(() => criticalPath(graph, { weight: (_name, node) => weights[node] as number })).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        message: "The weight of task 'a' must be finite and not negative, was -1",
        details: {
          problems: [
            { path: "a", message: "must be finite and not negative, was -1" },
            { path: "c", message: "must be finite and not negative, was NaN" },
          ],
        },
      }),
    );
  });
});
