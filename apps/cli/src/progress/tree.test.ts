import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anEvent, aView, aWorkflow, type Shape } from "../../test/a-view.ts";
import { widthOf } from "../width.ts";
import { layOut } from "./layout.ts";
import { RunView } from "./run-view.ts";
import { treeLines } from "./tree.ts";

function draw(view: RunView, { columns = 100, rows = 30, now = 3000 } = {}): string[] {
  return treeLines(view, layOut(view), { columns, rows, now }).map(stripVTControlCharacters);
}

const many = (count: number): Shape =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, []]));

describe("treeLines", () => {
  it("shows what each step does, has done, or waits for, in signs and words", () => {
    const view = aView({
      load: [],
      sort: ["load"],
      flaky: ["load"],
      bad: [],
      after: ["bad"],
      end: ["sort", "flaky"],
    });
    view.apply(anEvent("step_started", "load", { attempt: 1, at: 1000 }));
    view.apply(anEvent("step_completed", "load", { attempt: 1, at: 1500 }));
    view.apply(anEvent("step_started", "sort", { attempt: 2, at: 1500 }));
    view.apply(anEvent("step_progress", "sort", { fraction: 0.4, text: "row \u001b[2J 40" }));
    view.apply(anEvent("step_started", "flaky", { attempt: 1, at: 1500 }));
    view.apply(anEvent("step_retrying", "flaky", { attempt: 1, error: "oh", delay_seconds: 2, at: 1700 }));
    view.apply(anEvent("step_failed", "bad", { status: "timeout", error: "too slow", at: 1600 }));
    view.apply(anEvent("step_skipped", "after", { reason: "step 'bad' did not complete" }));
    expect(draw(view)).toEqual([
      "shaped  running  2.0 s  run-1",
      "├─ ✔ load  0.5 s",
      "│  ├─ ⠋ sort  1.5 s  attempt 2, 40 %, row 40",
      "│  └─ ↻ flaky  0.2 s  attempt 1 failed, tries again in 2.0 s: oh",
      "│     └─ · end  waits for sort, flaky",
      "└─ ✖ bad  timed out: too slow",
      "   └─ ○ after  skipped: step 'bad' did not complete",
    ]);
  });

  it("says that a step with nothing to wait for has no place yet", () => {
    expect(draw(aView({ a: [] }))[1]).toBe("└─ · a  waits for a free place");
  });

  it("names three of the steps that one waits for, and counts the others", () => {
    const view = aView({ ...many(5), end: ["s0", "s1", "s2", "s3", "s4"] });
    expect(draw(view).at(-1)).toContain("· end  waits for s0, s1, s2 and 2 more");
  });

  it("shows those that run and fail, and counts the others, when there is no room for all", () => {
    const view = aView(many(200));
    for (let at = 0; at < 60; at++)
      view.apply(anEvent("step_completed", `s${at}`, { attempt: 1, at: 1000 + at }));
    view.apply(anEvent("step_failed", "s70", { status: "failed", error: "oh", at: 1000 }));
    view.apply(anEvent("step_started", "s80", { attempt: 1, at: 2000 }));
    const lines = draw(view, { columns: 60, rows: 10 });
    expect(lines).toEqual([
      "shaped  running  2.0 s  run-1",
      "⠋ s80  1.0 s",
      "✖ s70  failed: oh",
      "✔ s59",
      "✔ s58",
      "✔ s57",
      "✔ s56",
      "✔ s55",
      "  … of 200: 60 completed, 138 waiting, 1 failed, 1 running",
    ]);
  });

  it("shortens deep branches from the left, so that the name stays", () => {
    const names = Array.from({ length: 20 }, (_, at) => `step-${at}`);
    const view = aView(
      Object.fromEntries(names.map((name, at) => [name, at === 0 ? [] : [`step-${at - 1}`]])),
    );
    const lines = draw(view, { columns: 40 });
    expect(lines.at(-1)).toMatch(/^… +└─ · step-19/);
  });

  it("shows the end of a run with its own time", () => {
    const view = aView({ a: [] });
    view.apply(anEvent("workflow_completed", "", { status: "failed", at: 1250 }));
    expect(draw(view, { now: 99_000 })[0]).toBe("shaped  failed  0.3 s  run-1");
  });

  it("never draws wider or higher than the terminal", () => {
    const size = { columns: fc.integer({ min: 12, max: 130 }), rows: fc.integer({ min: 4, max: 60 }) };
    const notes = fc.string({ unit: "grapheme", maxLength: 200 });
    fc.assert(
      fc.property(
        fc.record(size),
        fc.integer({ min: 1, max: 80 }),
        notes,
        fc.boolean(),
        (given, count, note, isChain) => {
          const shape = Object.keys(many(count)).map((name, at) => [
            name,
            isChain && at > 0 ? [`s${at - 1}`] : [],
          ]);
          const view = aView(Object.fromEntries(shape) as Shape);
          view.apply(anEvent("step_started", "s0", { attempt: 1, at: 1000 }));
          view.apply(anEvent("step_progress", "s0", { fraction: 0.5, text: note }));
          const lines = draw(view, given);
          expect(lines.length).toBeLessThan(given.rows);
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(given.columns);
        },
      ),
    );
  });
});

/** A view of a workflow of this shape, the others of which run as the steps of the same names wait for them. */
function aNestedView(shape: Shape, inner: Readonly<Record<string, Shape>>): RunView {
  const runs = {
    definitionOf: (id: string) => aWorkflow(inner[id] ?? { x: [] }, id),
    storedEvents: () => [],
  };
  const view = new RunView(aWorkflow(shape), runs);
  view.executionId = "run-1";
  view.apply(anEvent("workflow_started", "", { at: 1000 }));
  return view;
}

/** An event that no number tells apart from others. */
const anEventOf = (execution_id: string, ...[type, step, facts]: Parameters<typeof anEvent>) =>
  anEvent(type, step, { ...facts, execution_id, sequence: undefined });

/** What is told when a step begins to wait for another execution, and that one has begun. */
const beginInner = (step: string, child: string, parent = "run-1") => [
  anEventOf(parent, "step_started", step, { attempt: 1 }),
  anEventOf(parent, "step_waiting", step, { child_execution_id: child, kind: "workflow.run" }),
  anEventOf(child, "workflow_started", "", { at: 1000 }),
];

describe("steps inside of steps", () => {
  const nested = () => {
    const view = aNestedView({ a: [], b: ["a"] }, { c1: { x: [], y: ["x"] }, c2: { z: [] } });
    for (const event of [...beginInner("a", "c1"), ...beginInner("x", "c2", "c1")]) view.apply(event);
    view.apply(anEventOf("c2", "step_started", "z", { attempt: 2 }));
    return view;
  };

  it("stand under the step that runs their workflow, before what depends on it", () => {
    expect(draw(nested())).toEqual([
      "shaped  running  2.0 s  run-1",
      "└─ ⠋ a  2.0 s",
      "   ┊  └─ ⠋ x  2.0 s",
      "   ┊     ┊  └─ ⠋ z  2.0 s  attempt 2",
      "   ┊     └─ · y  waits for x",
      "   └─ · b  waits for a",
    ]);
  });

  it("say what they are inside of where there is no room for branches", () => {
    expect(draw(nested(), { rows: 7 })).toEqual([
      "shaped  running  2.0 s  run-1",
      "⠋ a  2.0 s",
      "⠋ a › x  2.0 s",
      "⠋ a › x › z  2.0 s  attempt 2",
      "· a › y  waits for x",
      "  … of 5: 3 running, 2 waiting",
    ]);
  });

  it("change the shape of the view, and nothing else does", () => {
    const view = nested();
    const { shape } = view;
    view.apply(anEventOf("c2", "step_completed", "z", { attempt: 2 }));
    expect(view.shape).toBe(shape);
    for (const event of beginInner("b", "c1")) view.apply(event);
    expect(view.shape).not.toBe(shape);
  });

  it("stand under the items of a foreach that run; those that completed are counted alone", () => {
    const view = aNestedView({ a: [], b: ["a"] }, { c0: { x: [] }, c1: { x: [] }, c2: { x: [] } });
    view.apply(anEvent("step_started", "a", { attempt: 1, items: 100 }));
    for (const item of [0, 1, 2]) {
      view.apply(anEvent("item_started", "a", { item, attempt: 1 }));
      view.apply(anEvent("item_waiting", "a", { item, child_execution_id: `c${item}` }));
      view.apply(anEventOf(`c${item}`, "step_started", "x", { attempt: 1 }));
    }
    view.apply(anEvent("item_completed", "a", { item: 0, attempt: 1 }));
    view.apply(anEvent("item_failed", "a", { item: 1, status: "failed", error: "oh", at: 1500 }));
    expect(draw(view)).toEqual([
      "shaped  running  2.0 s  run-1",
      "└─ ⠋ a  2.0 s  2/100 items, 1 failed",
      "   ┊  ├─ ✖ item 1  0.5 s  failed: oh",
      "   ┊  │  ┊  └─ ⠋ x  2.0 s",
      "   ┊  └─ ⠋ item 2  2.0 s",
      "   ┊     ┊  └─ ⠋ x  2.0 s",
      "   └─ · b  waits for a",
    ]);
  });
});

describe("a foreach", () => {
  it("says how many of its items have ended, and how many of them not well", () => {
    const view = aView({ a: [] });
    view.apply(anEvent("step_started", "a", { attempt: 1, items: 100, items_ended: 9, at: 1000 }));
    expect(draw(view)[1]).toBe("└─ ⠋ a  2.0 s  9/100 items");
    for (let item = 9; item < 12; item++)
      view.apply(anEvent(item === 10 ? "item_failed" : "item_completed", "a", { item, status: "failed" }));
    expect(draw(view)[1]).toBe("└─ ⠋ a  2.0 s  12/100 items, 1 failed");
    view.apply(anEvent("step_completed", "a", { attempt: 1, at: 2000 }));
    expect(draw(view)[1]).toBe("└─ ✔ a  1.0 s  100/100 items, 1 failed");
  });

  it("keeps only the first items that fail to be shown", () => {
    const view = aNestedView({ a: [] }, {});
    view.apply(anEvent("step_started", "a", { attempt: 1, items: 100 }));
    for (let item = 0; item < 100; item++) {
      view.apply(anEvent("item_waiting", "a", { item, child_execution_id: `c${item}` }));
      view.apply(anEvent("item_failed", "a", { item, status: "failed", error: "oh" }));
    }
    // Each with the one step of its workflow.
    expect(draw(view)).toHaveLength(2 + 2 * 10);
    expect(view.apply(anEventOf("c50", "step_started", "x", { attempt: 1 }))).toBe(false);
  });
});
