import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyNodes, dependenciesByDefinition, type TestNode } from "../test/graphs.ts";
import { findCycles } from "./find-cycles.ts";
import { Graph } from "./graph.ts";
import { intern } from "./intern.ts";

function cyclesOf(nodes: readonly TestNode[]): string[][] {
  const { names, index, dependencies, selves } = intern(nodes);
  const graph = new Graph(names, index, dependencies);
  return findCycles(graph, selves).map((cycle) => cycle.map((node) => names[node] as string));
}

/** The length of the shortest cycle through `name`, by trying all paths. */
function shortestThrough(nodes: readonly TestNode[], name: string): number {
  let [length, reached] = [0, new Set([name])];
  do {
    reached = new Set(
      [...reached].flatMap((each) => nodes.find((node) => node.name === each)?.dependencies ?? []),
    );
    length++;
  } while (!reached.has(name));
  return length;
}

describe("findCycles", () => {
  it("starts and ends at the earliest member, each depending on the next", () => {
    const ring = [
      { name: "t1", dependencies: ["t3"] },
      { name: "t2", dependencies: ["t1"] },
      { name: "t3", dependencies: ["t2"] },
    ];
    expect(cyclesOf(ring)).toEqual([["t1", "t3", "t2", "t1"]]);
  });

  it("tells a node that depends on itself, once, and not inside a larger knot", () => {
    expect(cyclesOf([{ name: "a", dependencies: ["a", "a"] }])).toEqual([["a", "a"]]);
    const knot = [
      { name: "a", dependencies: ["a", "b"] },
      { name: "b", dependencies: ["a"] },
      { name: "c", dependencies: ["c"] },
    ];
    expect(cyclesOf(knot)).toEqual([
      ["a", "b", "a"],
      ["c", "c"],
    ]);
  });

  it("finds one shortest real cycle per knot, and none elsewhere", () => {
    fc.assert(
      fc.property(anyNodes(), (nodes) => {
        const reach = new Map(nodes.map(({ name }) => [name, dependenciesByDefinition(nodes, name)]));
        const knotted = nodes.map(({ name }) => name).filter((name) => reach.get(name)?.has(name));
        const isTogether = (a: string, b: string) => reach.get(a)?.has(b) && reach.get(b)?.has(a);
        const firsts = knotted.filter(
          (name, at) => !knotted.slice(0, at).some((other) => isTogether(name, other)),
        );
        const cycles = cyclesOf(nodes);
        expect(cycles.map(([first]) => first)).toEqual(firsts);
        for (const cycle of cycles) {
          expect(cycle.at(-1)).toBe(cycle[0]);
          expect(new Set(cycle).size).toBe(cycle.length - 1);
          expect(cycle.length - 1).toBe(shortestThrough(nodes, cycle[0] as string));
          for (const [at, name] of cycle.slice(0, -1).entries()) {
            expect(nodes.find((node) => node.name === name)?.dependencies).toContain(cycle[at + 1]);
          }
        }
      }),
    );
  });
});
