import { type JsonObject, memoryStore, type Store } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const step = (name: string, action: string, more: JsonObject = {}) => ({
  name,
  module: "rec",
  action,
  ...more,
});

const COLLECTIONS = [
  "executions",
  "active",
  "defs",
  "draining",
  "steps",
  "results",
  "items",
  "undos",
  "parts",
  "ended",
  "doomed",
  "requests",
  "events",
  "logs",
];
const everything = (store: Store): string[] =>
  COLLECTIONS.flatMap((name) => store.list(`${name}/`).map(([key]) => key));

describe("deleting an execution", () => {
  it("leaves nothing of it, and all of the others", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("w", [
      step("big", "give", { parameters: { value: "x".repeat(5000) }, undo: { action: "ok" } }),
      step("each", "give", { foreach: [1, 2, 3], parameters: { value: "{{item}}" }, dependencies: ["big"] }),
      step("last", "boom", { max_retries: 0, dependencies: ["each"] }),
    ]);
    const { executionId: kept } = await drive(manager.executeWorkflow("w"), clock);
    const before = everything(store);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    const added = everything(store).length - before.length;
    expect(added).toBeGreaterThan(8);
    expect(manager.deleteExecution(id)).toEqual([id]);
    expect(everything(store)).toEqual(before);
    expect(manager.getExecution(id)).toBeNull();
    expect(manager.getExecution(kept)?.status).toBe("failed");
    expect(() => manager.deleteExecution(id)).toThrow(
      expect.objectContaining({ code: "EXECUTION_NOT_FOUND" }),
    );
  });

  it("takes its parts along, which cannot go without it", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("inner", [step("a", "ok")]);
    const nest = (workflow: string) => [
      { name: "run", module: "workflow", action: "run", parameters: { workflow } },
    ];
    manager.createWorkflow("middle", nest("inner"));
    manager.createWorkflow("outer", nest("middle"));
    const { executionId: id } = await drive(manager.executeWorkflow("outer"), clock);
    const parts = manager.listExecutions().filter((entry) => entry.id !== id);
    expect(parts).toHaveLength(2);
    for (const part of parts)
      expect(() => manager.deleteExecution(part.id)).toThrow(/it is part of execution/);
    expect(manager.deleteExecution(id).sort()).toEqual([id, ...parts.map((part) => part.id)].sort());
    expect(everything(store)).toEqual([]);
  });

  it("is refused while it runs, and changes nothing", async () => {
    const { manager, clock, store } = aManager();
    manager.createWorkflow("w", [step("a", "slow", { parameters: { ms: 1000 } })]);
    const id = await manager.startWorkflow("w");
    await settle();
    const before = everything(store);
    expect(() => manager.deleteExecution(id)).toThrow(
      expect.objectContaining({ code: "INVALID_STATE", suggestions: [`End it first: orch cancel ${id}`] }),
    );
    expect(everything(store)).toEqual(before);
    await drive(manager.waitForExecution(id), clock);
    expect(manager.deleteExecution(id)).toEqual([id]);
  });

  it("waits for code that does not stop, unless its process is gone", async () => {
    const store = memoryStore();
    const { manager, clock } = aManager({ store });
    manager.createWorkflow("w", [step("a", "deaf", { parameters: { ms: 60_000 } })]);
    const id = await manager.startWorkflow("w");
    await settle();
    manager.cancelExecution(id);
    await drive(manager.waitForExecution(id), clock);
    const elsewhere = aManager({ store, probe: probeOf(2, "alive") }).manager;
    expect(() => elsewhere.deleteExecution(id)).toThrow(/code of a still runs/);
    expect(aManager({ store }).manager.deleteExecution(id)).toEqual([id]);
  });
});
