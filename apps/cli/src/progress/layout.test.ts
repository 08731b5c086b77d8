import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aView } from "../../test/a-view.ts";
import { layOut } from "./layout.ts";

const linesOf = (shape: Readonly<Record<string, readonly string[]>>): string[] =>
  layOut(aView(shape)).map(({ step, branch }) => `${branch}${step.name}`);

describe("layOut", () => {
  it("puts each step under the dependency on its deepest level", () => {
    expect(linesOf({ a: [], b: ["a"], c: ["a"], d: ["a", "b"], e: ["b", "c"], f: [] })).toEqual([
      "├─ a",
      "│  ├─ b",
      "│  │  └─ d",
      "│  └─ c",
      "│     └─ e",
      "└─ f",
    ]);
  });

  it("shows every step once, behind the one that it stands under", () => {
    const shapes = fc
      .array(fc.array(fc.nat(100), { maxLength: 3 }), { minLength: 1, maxLength: 30 })
      .map((rows) =>
        Object.fromEntries(
          rows.map((row, at) => [`s${at}`, at === 0 ? [] : [...new Set(row.map((each) => `s${each % at}`))]]),
        ),
      );
    fc.assert(
      fc.property(shapes, (shape) => {
        const placed = layOut(aView(shape));
        const names = placed.map(({ step }) => step.name);
        expect([...names].sort()).toEqual(Object.keys(shape).sort());
        for (const [at, { step, branch }] of placed.entries()) {
          const depth = branch.length / 3;
          const above = placed.slice(0, at).findLast((each) => each.branch.length / 3 === depth - 1);
          if (depth === 1) expect(step.dependencies).toEqual([]);
          else expect(step.dependencies).toContain(above?.step.name);
        }
      }),
    );
  });

  it("takes a chain of 2,000 steps", () => {
    const names = Array.from({ length: 2000 }, (_, at) => `s${at}`);
    const shape = Object.fromEntries(names.map((name, at) => [name, at === 0 ? [] : [`s${at - 1}`]]));
    expect(layOut(aView(shape)).map(({ step }) => step.name)).toEqual(names);
  });
});
