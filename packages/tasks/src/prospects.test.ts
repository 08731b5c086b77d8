import { expect, it } from "vitest";
import type { BookEntry } from "./book-entry.ts";
import { Prospects } from "./prospects.ts";

/** A task that waits, as far as it matters here. */
const waiting = (id: string, dependencies: readonly string[]) =>
  ({
    spec: { id, name: id, dependencies },
    live: { status: "blocked" },
    isEntered: true,
  }) as unknown as BookEntry;

/** Prospects of tasks that are looked at one by one, and how often another task was looked up for that. */
function prospectsOf(entries: readonly BookEntry[]) {
  const known = new Map(entries.map((entry) => [entry.spec.id, entry]));
  const counted = { lookups: 0 };
  const book = {
    find(id: string) {
      counted.lookups++;
      return known.get(id);
    },
  };
  return { counted, known, prospects: new Prospects({ book, shelf: { here: () => undefined } }) };
}

it("knows of each task of a chain whether it is stuck with one look-up for each", () => {
  const chain = Array.from({ length: 1000 }, (_, at) => waiting(`t${at + 1}`, [`t${at}`]));
  const { counted, prospects } = prospectsOf(chain);
  prospects.begin();
  expect(chain.toReversed().every((entry) => prospects.of(entry) === "vain")).toBe(true);
  expect(counted.lookups).toBe(chain.length);
});

it("tells what is in a cycle, behind one or behind what is not there from what is not", () => {
  const root = { ...waiting("root", []), live: { status: "running" } } as unknown as BookEntry;
  const graph = {
    a: ["b"],
    b: ["a"],
    behind: ["root", "a"],
    own: ["own"],
    lacks: ["root", "none"],
    free: ["root"],
  };
  const entries = Object.entries(graph).map(([id, dependencies]) => waiting(id, dependencies));
  const { prospects } = prospectsOf([root, ...entries]);
  prospects.begin();
  expect(entries.filter((entry) => prospects.of(entry) === "open").map(({ spec }) => spec.id)).toEqual([
    "free",
  ]);
});

it("looks at a chain that grows no further than to what it knows, and again when that counts no more", () => {
  const root = { ...waiting("t0", []), live: { status: "running" } } as unknown as BookEntry;
  const chain = Array.from({ length: 500 }, (_, at) => waiting(`t${at + 1}`, [`t${at}`]));
  const { counted, known, prospects } = prospectsOf([root, ...chain]);
  for (const entry of chain) {
    prospects.begin();
    expect(prospects.of(entry)).toBe("open");
  }
  expect(counted.lookups).toBeLessThan(10 * chain.length);
  known.delete("t0");
  prospects.begin();
  expect(prospects.of(chain[499] as BookEntry)).toBe("open");
  prospects.forget();
  prospects.begin();
  expect(prospects.of(chain[499] as BookEntry)).toBe("vain");
});
