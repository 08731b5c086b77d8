import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrontierModel } from "../test/frontier-model.ts";
import { acyclicNodes } from "../test/graphs.ts";
import { compileGraph } from "./compile-graph.ts";
import { Frontier } from "./frontier.ts";
import { type FailurePolicy, NodeState } from "./node-state.ts";
import { Ring } from "./ring.ts";

const EVENTS = ["start", "complete", "complete", "complete", "fail", "skip", "reset"] as const;
const events = fc.array(
  fc.record({
    event: fc.constantFrom(...EVENTS),
    node: fc.nat(),
    policy: fc.constantFrom<FailurePolicy>("skip", "continue"),
  }),
  { minLength: 1, maxLength: 40 },
);

function apply(frontier: Frontier, event: (typeof EVENTS)[number], node: number, policy: FailurePolicy) {
  switch (event) {
    case "start":
      frontier.start(node);
      return { ready: [], skipped: [] };
    case "complete":
      return { ready: frontier.complete(node), skipped: [] };
    case "fail":
      return frontier.fail(node, policy);
    case "skip":
      return frontier.skip(node, policy);
    case "reset":
      return frontier.reset(node);
  }
}

/** All that can be seen of a frontier, and what it must be; as one comparison, since that is what takes the time. */
function expectSame(frontier: Frontier, model: FrontierModel) {
  const states = model.states();
  const nodes = [...states.keys()];
  const count = (state: string) => states.filter((each) => each === state).length;
  const counts = Object.fromEntries(Object.values(NodeState).map((state) => [state, count(state)]));
  const open = states.filter((state) => state === "ready" || state === "running" || state === "blocked");
  const seen = {
    snapshot: frontier.snapshot().states,
    states: nodes.map((node) => frontier.state(node)),
    ready: frontier.ready(),
    counts: frontier.counts,
    done: frontier.done,
  };
  const ready = nodes.filter((node) => states[node] === "ready");
  expect(seen).toEqual({ snapshot: states, states, ready, counts, done: open.length === 0 });
  // In an acyclic graph something can always go on, unless all has ended.
  if (open.length > 0 && open.every((state) => state === "blocked")) expect.unreachable();
}

describe("a frontier under any sequence of events", () => {
  it("agrees with a model that looks at all nodes after each event", () => {
    fc.assert(
      fc.property(acyclicNodes(9), events, (nodes, sequence) => {
        fc.pre(nodes.length > 0);
        const frontier = new Frontier(compileGraph(nodes));
        const model = new FrontierModel(nodes);
        expectSame(frontier, model);
        for (const { event, node, policy } of sequence) {
          const at = node % nodes.length;
          const expected = model.apply(event, at, policy);
          if (expected === null) {
            expect(() => apply(frontier, event, at, policy)).toThrow(
              expect.objectContaining({ code: "INVALID_STATE" }),
            );
          } else {
            const change = apply(frontier, event, at, policy);
            if (event !== "reset")
              expect(change).toEqual({ ready: expected.ready, skipped: expected.skipped });
          }
          expectSame(frontier, model);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("tells with a reset which nodes are before their start again, can start, or stay skipped", () => {
    fc.assert(
      fc.property(acyclicNodes(9), events, (nodes, sequence) => {
        fc.pre(nodes.length > 0);
        const frontier = new Frontier(compileGraph(nodes));
        const model = new FrontierModel(nodes);
        for (const { event, node, policy } of sequence) {
          const at = node % nodes.length;
          const before = model.states();
          const expected = model.apply(event, at, policy);
          if (expected === null) continue;
          const change = apply(frontier, event, at, policy);
          if (!("reset" in change)) continue;
          const after = model.states();
          const touched = expected.touched.sort((a, b) => a - b);
          const spread = [...after.keys()].filter(
            (each) => after[each] === "skipped" && before[each] !== "skipped",
          );
          const skipped = new Set([...touched.filter((each) => after[each] === "skipped"), ...spread]);
          expect(change).toEqual({
            reset: touched.filter((each) => after[each] !== "skipped"),
            ready: touched.filter((each) => after[each] === "ready"),
            skipped: [...skipped].sort((a, b) => a - b),
          });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is the same after a restore, also with waiting nodes given as pending", () => {
    fc.assert(
      fc.property(acyclicNodes(9), events, events, fc.boolean(), (nodes, first, second, pending) => {
        fc.pre(nodes.length > 0);
        const graph = compileGraph(nodes);
        const original = new Frontier(graph);
        const attempt = (frontier: Frontier, { event, node, policy }: (typeof first)[number]) => {
          try {
            return apply(frontier, event, node % nodes.length, policy);
          } catch (error) {
            return (error as Error).message;
          }
        };
        for (const each of first) attempt(original, each);
        const { states, continued } = JSON.parse(JSON.stringify(original.snapshot())) as ReturnType<
          Frontier["snapshot"]
        >;
        const waiting = states.map((state) =>
          pending && (state === "blocked" || state === "ready") ? "pending" : state,
        );
        const restored = Frontier.restore(graph, { states: waiting, continued });
        expect(restored.counts).toEqual(original.counts);
        for (const each of second) {
          expect(attempt(restored, each)).toEqual(attempt(original, each));
          expect(restored.snapshot()).toEqual(original.snapshot());
        }
      }),
    );
  });

  it("runs every node after its dependencies, in topological order when first come is first served", () => {
    fc.assert(
      fc.property(acyclicNodes(30), (nodes) => {
        const graph = compileGraph(nodes);
        const frontier = new Frontier(graph);
        const queue = new Ring(frontier.ready());
        const done = new Set<string>();
        for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
          expect(nodes[node]?.dependencies.every((name) => done.has(name))).toBe(true);
          done.add(graph.names[node] as string);
          expect(frontier.complete(node, queue)).toBe(queue);
        }
        expect([done.size, frontier.done]).toEqual([nodes.length, true]);
      }),
    );
  });
});
