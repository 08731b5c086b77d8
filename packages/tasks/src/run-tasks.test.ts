import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runDag, runTasks } from "./run-tasks.ts";

/** Work that ends when it is told to, and says what runs. */
class Hand<Item> {
  readonly started: Item[] = [];
  readonly #open: (() => void)[] = [];
  most = 0;

  readonly work = async (item: Item): Promise<Item> => {
    this.started.push(item);
    await new Promise<void>((resolve) => {
      this.#open.push(resolve);
      this.most = Math.max(this.most, this.#open.length);
    });
    return item;
  };

  /** Ends the `pick`-th of what runs, and lets what follows start. */
  async end(pick = 0): Promise<void> {
    this.#open.splice(pick % this.#open.length, 1)[0]?.();
    await new Promise(setImmediate);
  }

  get running(): number {
    return this.#open.length;
  }
}

const nodes = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { maxLength: 25 }).map((rows) =>
  rows.map((row, at) => ({
    name: `n${at}`,
    dependencies: row.filter((each) => each < at).map((each) => `n${each}`),
  })),
);

describe("runTasks", () => {
  it("gives the results in the order of the items, whatever ended first", async () => {
    const hand = new Hand<string>();
    const all = runTasks(["a", "b", "c"], hand.work, { concurrency: 2 });
    await hand.end(1);
    await hand.end(1);
    await hand.end();
    expect(await all).toEqual(["a", "b", "c"]);
    expect(hand.most).toBe(2);
  });

  it("starts the most urgent first, first in, first out within a level", async () => {
    const started: number[] = [];
    const items = [4, 0, 2, 0, 4, 1].map((level, at) => ({ level, at }));
    await runTasks(items, ({ at }) => started.push(at), { concurrency: 1, priority: ({ level }) => level });
    expect(started).toEqual([1, 3, 5, 2, 0, 4]);
  });

  it("has nothing to do for no items", async () => {
    expect(await runTasks([], () => 1)).toEqual([]);
    expect(await runDag([], () => 1)).toEqual([]);
  });

  it("rejects with the first error and starts nothing more", async () => {
    const started: number[] = [];
    const work = async (item: number) => {
      started.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error("no");
    };
    await expect(runTasks([0, 1, 2, 3, 4, 5], work, { concurrency: 2 })).rejects.toThrow("no");
    await new Promise(setImmediate);
    expect(started.length).toBeLessThan(6);
    await expect(runTasks([1], () => JSON.parse("{"))).rejects.toThrow(SyntaxError);
  });

  it("ends at once when its signal aborts, and leaves no listener behind", async () => {
    const hand = new Hand<number>();
    const controller = new AbortController();
    const all = runTasks([1, 2, 3], hand.work, { concurrency: 1, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(all).rejects.toThrow("enough");
    await hand.end();
    expect(hand.started).toEqual([1]);
    await expect(runTasks([1], hand.work, { signal: controller.signal })).rejects.toThrow("enough");
    expect(hand.started).toEqual([1]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %d at once", async (concurrency) => {
    await expect(runTasks([1], () => 1, { concurrency })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      details: { path: "concurrency" },
    });
  });

  it.each([
    ["items", () => runTasks(null as never, () => 1)],
    ["work", () => runTasks([1], "work" as never)],
    ["work", () => runDag([{ name: "a" }], undefined as never)],
    ["tasks", () => runDag({} as never, () => 1)],
  ])("refuses %s that are nothing of the kind", async (name, run) => {
    await expect(run()).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: expect.stringMatching(`^${name} must be`),
    });
  });

  it("refuses a priority that there is not, before anything runs", async () => {
    let calls = 0;
    const run = runTasks([0, 5], () => calls++, { priority: (level) => level });
    await expect(run).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      details: { path: "priority(items[1])", value: 5 },
    });
    expect(calls).toBe(0);
  });
});

describe("runDag", () => {
  it("refuses cycles and unknown names before anything runs", async () => {
    let calls = 0;
    const ring = [
      { name: "a", dependencies: ["b"] },
      { name: "b", dependencies: ["a"] },
    ];
    await expect(runDag(ring, () => calls++)).rejects.toMatchObject({ code: "DAG_CYCLE" });
    await expect(runDag([{ name: "a", dependencies: ["x"] }], () => calls++)).rejects.toMatchObject({
      code: "DAG_INVALID",
    });
    expect(calls).toBe(0);
  });

  it("starts a node when its dependencies have ended, never idling a worker that has something to do", async () => {
    await fc.assert(
      fc.asyncProperty(
        nodes,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(), { minLength: 25, maxLength: 25 }),
        async (graph, concurrency, picks) => {
          const hand = new Hand<string>();
          const ended = new Set<string>();
          const all = runDag(
            graph,
            async ({ name }) => {
              await hand.work(name);
              ended.add(name);
              return name;
            },
            { concurrency },
          );
          for (const pick of picks.slice(0, graph.length)) {
            const ready = graph.filter(({ dependencies }) => dependencies.every((each) => ended.has(each)));
            expect(hand.running).toBe(Math.min(concurrency, ready.length - ended.size));
            expect(ready.map(({ name }) => name)).toEqual(expect.arrayContaining(hand.started));
            await hand.end(pick);
          }
          expect(await all).toEqual(graph.map(({ name }) => name));
        },
      ),
      { numRuns: 60 },
    );
  });
});
