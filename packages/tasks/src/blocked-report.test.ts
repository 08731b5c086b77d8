import { describe, expect, it } from "vitest";
import { blockedReport, blockedTask, pathOfCycle } from "./blocked-report.ts";
import type { BookEntry } from "./book-entry.ts";

/** Blocked tasks, by what they depend on, and how often one was looked up. */
function blocked(dependencies: Record<string, readonly string[]>) {
  const entries = new Map(
    Object.entries(dependencies).map(([id, needs]) => {
      const spec = { id, name: id, dependencies: needs };
      return [id, { spec, live: { status: "blocked" } } as unknown as BookEntry];
    }),
  );
  const asked = { count: 0 };
  const find = (id: string) => {
    asked.count++;
    return entries.get(id);
  };
  return { entries: [...entries.values()], find, asked };
}

const chain = (length: number, first: readonly string[]) =>
  Object.fromEntries(Array.from({ length }, (_, n) => [`c${n}`, n === 0 ? first : [`c${n - 1}`]] as const));

describe("the report on what is blocked", () => {
  it("cuts the paths of a long chain, so that they do not add up to its square; asked for one task it is whole", () => {
    const { entries, find } = blocked(chain(2000, ["nothing"]));
    const report = blockedReport(entries, find, () => null);
    expect(report.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 2000 }, () => "missing_dependency"),
    );
    expect(report[3]?.path).toEqual(["c3", "c2", "c1", "c0", "nothing"]);
    expect(Math.max(...report.map(({ path }) => path.length))).toBe(65);
    expect(report.at(-1)?.path.slice(-2)).toEqual(["c1936", "…"]);
    expect(blockedTask("c1999", find).path).toHaveLength(2001);
  });

  it("tells what is behind a cycle from what is not", () => {
    const { find } = blocked({ a: ["b"], b: ["a"], behind: ["a"], own: ["own"], free: [] });
    const verdicts = new Map();
    expect(pathOfCycle("behind", find, verdicts)).toEqual(["behind", "a", "b", "a"]);
    expect(pathOfCycle("free", find, verdicts)).toBeNull();
  });
});
