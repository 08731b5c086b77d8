import { stripVTControlCharacters } from "node:util";
import { ManualClock } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { anEvent, aView } from "../../test/a-view.ts";
import { fakeTerminal } from "../../test/fake-terminal.ts";
import { jsonReporter } from "./json-reporter.ts";
import { lineReporter } from "./line-reporter.ts";
import { makeReporter } from "./make-reporter.ts";
import type { Reporter } from "./reporter.ts";
import { treeReporter } from "./tree-reporter.ts";

const EVENTS = [
  anEvent("step_started", "a", { attempt: 1, at: 1000 }),
  anEvent("step_progress", "a", { fraction: 0.5, text: "half", sequence: undefined }),
  anEvent("step_retrying", "a", { attempt: 1, error: "oh\u001b[2J no", delay_seconds: 1, at: 1500 }),
  anEvent("step_started", "a", { attempt: 2, at: 2500 }),
  anEvent("step_completed", "a", { attempt: 2, execution_time: 0.25, at: 2750 }),
  anEvent("step_failed", "b", { attempt: 1, status: "timeout", error: "too slow", at: 3000 }),
  anEvent("step_skipped", "c", { reason: "step 'b' did not complete", at: 3000 }),
];

/** Shows the events to a reporter, as a run does. */
function tell(reporter: Reporter): void {
  const view = aView({ a: [], b: [], c: ["b"] });
  reporter.begin(view);
  for (const event of EVENTS) {
    view.apply(event);
    reporter.event(event, view);
  }
  reporter.end(view);
}

describe("lineReporter", () => {
  it("writes a line for each thing that happens, with the time since the start", () => {
    const terminal = fakeTerminal();
    tell(lineReporter(terminal));
    expect(terminal.stdout.map(stripVTControlCharacters)).toEqual([
      "shaped: 3 steps, execution run-1",
      "     +0 ms  ▶ a started",
      "    +0.5 s  ↻ a failed, tries again in 1.0 s: oh no",
      "    +1.5 s  ▶ a started, attempt 2",
      "    +1.8 s  ✔ a completed in 0.3 s",
      "    +2.0 s  ✖ b timed out: too slow",
      "    +2.0 s  ○ c skipped: step 'b' did not complete",
    ]);
    expect(terminal.stderr).toEqual([]);
  });
});

/** What the line reporter says of events of step `a`, each without its time. */
function linesOf(...events: readonly ReturnType<typeof anEvent>[]): string[] {
  const terminal = fakeTerminal();
  const reporter = lineReporter(terminal);
  const view = aView({ a: [] });
  for (const event of events) {
    view.apply(event);
    reporter.event(event, view);
  }
  return terminal.stdout.map((line) => stripVTControlCharacters(line).replace(/^ *\S+ \S+ {2}/, ""));
}

describe("a line", () => {
  it("says that another process pauses the run, and how to go on", () => {
    expect(linesOf(anEvent("workflow_paused", ""), anEvent("workflow_continued", ""))).toEqual([
      "paused by another process; go on with: orch resume run-1",
      "goes on after the pause",
    ]);
  });

  it("says how to answer what waits for somebody, and nothing of the kind of what waits for a time", () => {
    const waiting = (kind: string) =>
      anEvent("step_waiting", "a", { kind, until: null, child_execution_id: null });
    const asks = anEvent("step_waiting", "a", {
      ...{ kind: "human.approval", until: null, child_execution_id: null },
      message: "Ship\nit?\u001b[2J",
    });
    expect(linesOf(asks)).toEqual([
      "a waits for an answer (human.approval): Ship it?; orch execution answer run-1 a true|false",
    ]);
    expect(linesOf(waiting("human.approval"), waiting("human.input"), waiting("wait.sleep"))).toEqual([
      "a waits for an answer (human.approval); orch execution answer run-1 a true|false",
      "a waits for an answer (human.input); orch execution answer run-1 a <answer>",
      "· a waits: wait.sleep",
    ]);
  });

  it("tells of items now and then: a thousand in 50 s in a few lines", () => {
    const items = Array.from({ length: 1000 }, (_, item) =>
      anEvent("item_completed", "a", { item, attempt: 1, execution_time: 0.1, at: 1000 + (item + 1) * 50 }),
    );
    const started = anEvent("step_started", "a", { attempt: 1, items: 1000, at: 1000 });
    const first = anEvent("item_started", "a", { item: 0, attempt: 1, at: 1000 });
    expect(linesOf(started, first, ...items).slice(1)).toEqual(
      [40, 120, 280, 600].map((many) => `▶ a ${many}/1000 items so far`),
    );
  });

  it("has the sign of an item's own end", () => {
    const facts = { item: 3, attempt: 1, error: "stop", execution_time: 0, error_code: "CANCELLED" };
    expect(
      linesOf(
        anEvent("step_started", "a", { attempt: 1 }),
        anEvent("item_failed", "a", { ...facts, status: "cancelled" }),
        anEvent("item_retrying", "a", { ...facts, delay_seconds: 1 }),
      ).slice(1),
    ).toEqual(["✖ a item 3 cancelled: stop", "↻ a item 3 failed, tries again in 1.0 s: stop"]);
  });

  it("leaves the time without a process out of what a step took", () => {
    expect(
      linesOf(
        anEvent("step_started", "a", { attempt: 1, at: 1000 }),
        anEvent("workflow_started", "", { at: 16_000, resumed: true }),
        anEvent("step_completed", "a", { attempt: 1, execution_time: 18, at: 19_000 }),
      ).at(-1),
    ).toBe("✔ a completed in 3.0 s");
  });
});

describe("jsonReporter", () => {
  it("writes one object a line with type, seq, at and execution_id; progress has no number", () => {
    const terminal = fakeTerminal();
    tell(jsonReporter(terminal));
    const objects = terminal.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects).toHaveLength(EVENTS.length);
    for (const object of objects) {
      expect(object).toMatchObject({
        type: expect.any(String),
        at: expect.stringMatching(/^\d{4}-.*T/),
        execution_id: "run-1",
      });
      expect(object["seq"]).toBe(object["type"] === "step_progress" ? null : 1);
      expect(object).not.toHaveProperty("sequence");
    }
  });
});

describe("treeReporter", () => {
  it("draws at the start, ten times a second, and at the end, and then no more", () => {
    const [terminal, clock] = [fakeTerminal(), new ManualClock(1000)];
    const view = aView({ a: [] });
    const reporter = treeReporter(terminal, clock);
    reporter.begin(view);
    const drawn = () => terminal.stdout.length;
    expect(terminal.stdout.join("")).toContain("· a");
    const first = drawn();
    view.apply(anEvent("step_started", "a", { attempt: 1, at: 1000 }));
    reporter.event(EVENTS[0] as never, view);
    expect(drawn()).toBe(first);
    clock.advance(300);
    expect(drawn()).toBe(first + 3);
    view.apply(anEvent("step_completed", "a", { attempt: 1, at: 1300 }));
    reporter.end(view);
    expect(terminal.stdout.at(-1)).toContain("a  0.3 s");
    const last = drawn();
    clock.advance(1000);
    reporter.end(view);
    expect(drawn()).toBe(last);
  });

  it("puts notes, and what steps print, above the tree", () => {
    const terminal = fakeTerminal();
    const reporter = treeReporter(terminal, new ManualClock(1000));
    reporter.note("before");
    reporter.begin(aView({ a: [] }));
    reporter.printed("printed");
    reporter.end(aView({ a: [] }));
    expect(terminal.stderr.map(stripVTControlCharacters)).toEqual(["before", "printed"]);
    expect(terminal.stdout.at(-1)).toContain("· a");
  });
});

describe("makeReporter", () => {
  it("shows objects to programs, nothing when quiet, lines to files, a tree to people", async () => {
    const outputOf = async (options: object, interactive = false) => {
      const terminal = { ...fakeTerminal(), interactive };
      tell(await makeReporter(options, terminal));
      return terminal.stdout.join("\n");
    };
    expect(await outputOf({ json: true, quiet: true }, true)).toMatch(/^\{"type":"step_started"/);
    expect(await outputOf({ quiet: true }, true)).toBe("");
    expect(await outputOf({})).toContain("a started, attempt 2");
    expect(await outputOf({}, true)).toMatch(/└─ .*c/);
  });
});
