import { describe, expect, it } from "vitest";
import { compileGraph } from "./compile-graph.ts";
import { Frontier } from "./frontier.ts";

// a ◄─ b ◄─┬─ d, and e alone. Numbers: a 0, b 1, c 2, d 3, e 4.
//   ◄─ c ◄─┘
const aDiamond = () =>
  compileGraph([
    { name: "a" },
    { name: "b", dependencies: ["a"] },
    { name: "c", dependencies: ["a"] },
    { name: "d", dependencies: ["b", "c"] },
    { name: "e" },
  ]);
const [A, B, C, D, E] = [0, 1, 2, 3, 4];

describe("Frontier", () => {
  it("wakes a node when the last of its dependencies completes", () => {
    const frontier = new Frontier(aDiamond());
    expect(frontier.ready()).toEqual([A, E]);
    frontier.start(A);
    expect(frontier.state(A)).toBe("running");
    expect(frontier.complete(A)).toEqual([B, C]);
    expect(frontier.complete(C)).toEqual([]);
    expect(frontier.complete(B)).toEqual([D]);
    expect(frontier.counts).toEqual({
      blocked: 0,
      ready: 2,
      running: 0,
      completed: 3,
      failed: 0,
      skipped: 0,
    });
    expect(frontier.done).toBe(false);
    frontier.complete(D);
    frontier.complete(E);
    expect(frontier.done).toBe(true);
  });

  it("skips all dependents of a failure, and leaves the others alone", () => {
    const frontier = new Frontier(aDiamond());
    frontier.complete(A);
    expect(frontier.fail(B)).toEqual({ ready: [], skipped: [D] });
    expect(frontier.ready()).toEqual([C, E]);
    expect(frontier.complete(C)).toEqual([]);
    expect(frontier.counts).toMatchObject({ failed: 1, skipped: 1, completed: 2 });
  });

  it("lets dependents run after a failure or a skip under the policy continue", () => {
    const frontier = new Frontier(aDiamond());
    expect(frontier.fail(A, "continue")).toEqual({ ready: [B, C], skipped: [] });
    expect(frontier.skip(B, "continue")).toEqual({ ready: [], skipped: [] });
    expect(frontier.complete(C)).toEqual([D]);
    expect(frontier.counts).toMatchObject({ failed: 1, skipped: 1 });
  });

  it("skips what has not started, once nothing more may start", () => {
    const frontier = new Frontier(aDiamond());
    frontier.start(A);
    expect(frontier.skipRest()).toEqual([B, C, D, E]);
    expect(frontier.done).toBe(false);
    expect(frontier.complete(A)).toEqual([]);
    expect(frontier.done).toBe(true);
  });

  it("takes a failed node back together with what was skipped because of it", () => {
    const frontier = new Frontier(aDiamond());
    frontier.fail(A);
    expect(frontier.reset(A)).toEqual({ reset: [A, B, C, D], ready: [A], skipped: [] });
    expect(frontier.ready()).toEqual([A, E]);
  });

  it("keeps skipped what another failure forbids, until that one is taken back, too", () => {
    const frontier = new Frontier(aDiamond());
    frontier.complete(A);
    frontier.fail(B);
    frontier.fail(C);
    expect(frontier.reset(B)).toEqual({ reset: [B], ready: [B], skipped: [D] });
    expect(frontier.complete(B)).toEqual([]);
    expect(frontier.reset(C)).toEqual({ reset: [C, D], ready: [C], skipped: [] });
    expect(frontier.complete(C)).toEqual([D]);
  });

  it("gives a running node back for another attempt", () => {
    const frontier = new Frontier(aDiamond());
    frontier.start(A);
    expect(frontier.reset(A)).toEqual({ reset: [A], ready: [A], skipped: [] });
  });

  it("takes nothing back under a dependent that is running", () => {
    const frontier = new Frontier(aDiamond());
    frontier.complete(A);
    frontier.complete(C);
    frontier.start(B);
    const before = frontier.snapshot();
    expect(() => frontier.reset(A)).toThrow(
      expect.objectContaining({
        code: "INVALID_STATE",
        message: "Task 'a' cannot be reset: 'b', which depends on it, is running",
        details: { task: "a", node: A, event: "reset", blocked_by: "b" },
      }),
    );
    expect(frontier.snapshot()).toEqual(before);
  });

  it("refuses events that do not fit, and changes nothing", () => {
    const frontier = new Frontier(aDiamond());
    frontier.complete(E);
    const before = frontier.snapshot();
    const refused: [() => unknown, string, string][] = [
      [() => frontier.start(B), "INVALID_STATE", "Task 'b' cannot be started: it is blocked"],
      [() => frontier.complete(D), "INVALID_STATE", "Task 'd' cannot be completed: it is blocked"],
      [() => frontier.fail(E), "INVALID_STATE", "Task 'e' cannot be failed: it is completed"],
      [() => frontier.skip(E), "INVALID_STATE", "Task 'e' cannot be skipped: it is completed"],
      [() => frontier.complete(5), "INVALID_PARAMETERS", "node must be a node of the graph, was 5"],
      [() => frontier.state(-1), "INVALID_PARAMETERS", "node must be a node of the graph, was -1"],
      [() => frontier.reset(0.5), "INVALID_PARAMETERS", "node must be a node of the graph, was 0.5"],
      [() => frontier.start(Number.NaN), "INVALID_PARAMETERS", "node must be a node of the graph, was NaN"],
      [
        () => frontier.fail(A, "stop" as never),
        "INVALID_PARAMETERS",
        'policy must be skip or continue, was "stop"',
      ],
      [() => frontier.skip(A, "" as never), "INVALID_PARAMETERS", 'policy must be skip or continue, was ""'],
    ];
    for (const [run, code, message] of refused) {
      expect(run).toThrow(expect.objectContaining({ code, message, retryable: false }));
      expect(frontier.snapshot()).toEqual(before);
    }
  });

  it("works out what is ready, blocked and skipped from the nodes that have ended", () => {
    const states = ["completed", "failed", "pending", "pending", "running"] as const;
    const strict = Frontier.restore(aDiamond(), { states });
    expect(strict.snapshot().states).toEqual(["completed", "failed", "ready", "skipped", "running"]);
    const lenient = Frontier.restore(aDiamond(), { states, continued: [B] });
    expect(lenient.snapshot()).toEqual({
      states: ["completed", "failed", "ready", "blocked", "running"],
      continued: [B],
    });
  });

  it("refuses a snapshot that does not fit the graph, with every place", () => {
    const restore = () =>
      Frontier.restore(aDiamond(), { states: ["completed", "done" as never], continued: [0, 9] });
    expect(restore).toThrow(
      expect.objectContaining({
        code: "INVALID_PARAMETERS",
        message: "The snapshot does not fit the graph: states must have one state per task, 5, but has 2",
        details: {
          problems: [
            { path: "states", message: "must have one state per task, 5, but has 2" },
            { path: "states[1]", message: 'must be a state, was "done"' },
            { path: "continued[0]", message: "must be a failed or skipped task, was 0" },
            { path: "continued[1]", message: "must be a failed or skipped task, was 9" },
          ],
        },
      }),
    );
  });

  it("is done from the start without nodes", () => {
    const frontier = new Frontier(compileGraph([]));
    expect([frontier.done, frontier.ready(), frontier.skipRest()]).toEqual([true, [], []]);
  });
});
