import { memoryStore } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import { expect, it } from "vitest";
import { DecisionRegister } from "./decision-register.ts";
import { HandleRegister } from "./handle-register.ts";
import { RunRegister } from "./run-register.ts";

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const asked = { caller: "a", tool: "execute_workflow", executionId: "run", facts: { x: 1 } };

function open() {
  const [store, clock] = [memoryStore(), new ManualClock()];
  store.transact((tx) => tx.put("executions/run", {}));
  return {
    store,
    clock,
    handles: new HandleRegister({ store, clock }),
    decisions: new DecisionRegister({ store, clock }),
  };
}

it("gives handles that are random, stand in no row, and are those of their callers alone", async () => {
  const { store, handles } = open();
  const ids = await Promise.all(Array.from({ length: 20 }, () => handles.create(asked)));
  expect(new Set(ids).size).toBe(20);
  expect([...ids].sort()).not.toEqual(ids);
  for (const id of ids) {
    expect(id).toMatch(UUID4);
    expect(handles.find(id, "a")).toMatchObject({ ...asked, end: null });
    expect(handles.find(id, "b")).toBeNull();
    expect(JSON.stringify(store.list("handles/"))).not.toContain(id);
  }
  expect(handles.find("executions/run", "a")).toBeNull();
});

it("keeps the end of a handle that was told first, for an hour behind it", async () => {
  const { clock, handles, store } = open();
  const id = await handles.create(asked);
  clock.advance(2 * handles.ttlMs);
  expect(handles.find(id, "a")?.end).toBeNull();
  const end = { status: "completed", at: clock.now(), result: { isError: true } } as const;
  expect(await handles.end(id, end)).toEqual(end);
  expect(await handles.end(id, { status: "cancelled", at: clock.now() + 1, result: null })).toEqual(end);
  clock.advance(handles.ttlMs);
  expect(handles.find(id, "a")).toMatchObject({ end });
  clock.advance(1);
  expect(handles.find(id, "a")).toBeNull();
  // What is over goes with new ones; the rows that are looked at lie behind the new one, wherever that is.
  for (let count = 0; store.list("handles/").length <= count; count++) {
    expect(count).toBeLessThan(500);
    await handles.create(asked);
  }
});

it("keeps the decision that comes first, and forgets those of runs that are gone", async () => {
  const { store, clock, decisions } = open();
  const decide = (executionId: string, answer: boolean) =>
    decisions.decide({ executionId, question: "q", answer, by: "a" });
  expect(decisions.find("run", "q")).toBeNull();
  expect([await decide("run", true), await decide("run", false)]).toEqual([true, true]);
  expect(decisions.find("run", "q")).toEqual({ answer: true, at: clock.now() });
  expect(decisions.find("run", "other")).toBeNull();
  store.transact((tx) => tx.delete("executions/run"));
  await decide("another", true);
  expect(decisions.find("run", "q")).toBeNull();
});

it("takes a run for composed when it cannot read how it was claimed", async () => {
  const { store, clock } = open();
  const runs = new RunRegister({ store, clock, newId: () => "run" });
  expect(runs.isComposed("run")).toBe(false);
  await runs.claim({ caller: "a", key: null, digest: "d" });
  expect(runs.isComposed("run")).toBe(false);
  store.transact((tx) => tx.put("callers/run", { caller: 1 }));
  expect(runs.isComposed("run")).toBe(true);
});
