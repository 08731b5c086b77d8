import type { JsonObject, Store } from "@orch/core";
import { describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const aStep = (name: string, action: string, rest: JsonObject = {}): JsonObject => ({
  name,
  module: "rec",
  action,
  max_retries: 0,
  retry_delay: 0,
  ...rest,
});
const each = (ms: number): JsonObject =>
  aStep("each", "slow", { foreach: [1, 2, 3], parameters: { ms }, max_parallel: 1 });
const damage = (store: Store, prefix: string) => {
  const [key = ""] = store.list(prefix)[0] ?? [];
  expect(key).not.toBe("");
  store.transact((tx) => tx.put(key, { status: "nonsense" }));
};
const lines: string[] = [];
const logger = { debug() {}, info() {}, warn() {}, error: (line: string) => void lines.push(line) };

/** A manager with `nap`, which is to be hindered by nothing that is damaged. */
async function withNap(options: Parameters<typeof aManager>[0] = {}) {
  const made = aManager({ ...options, logger });
  made.manager.createWorkflow("nap", [aStep("nap", "slow", { parameters: { ms: 5000 } })]);
  const nap = await drive(made.manager.startWorkflow("nap"), made.clock);
  const isUnhindered = async () => {
    expect(await drive(made.manager.waitForExecution(nap), made.clock)).toMatchObject({
      status: "completed",
    });
    expect(made.runtime.error).toBeNull();
    expect(made.store.list("active/")).toEqual([]);
  };
  return { ...made, isUnhindered };
}

describe("a record that is damaged", () => {
  it("ends the execution that is resumed, and hinders no other", async () => {
    const { manager, clock, store, calls, isUnhindered } = await withNap();
    manager.createWorkflow("w", [
      { ...each(0), action: "boom" },
      aStep("other", "slow", { parameters: { ms: 100 } }),
    ]);
    const { executionId: id } = await drive(manager.executeWorkflow("w"), clock);
    damage(store, `items/${id}/`);
    calls.length = 0;
    await drive(manager.resumeExecution(id), clock);
    const execution = await drive(manager.waitForExecution(id), clock);
    expect(execution).toMatchObject({ status: "failed", errorCode: "INTERNAL_ERROR" });
    expect(execution?.error).toContain(`Execution '${id}' cannot go on`);
    expect(lines.filter((line) => line.includes(id))).toHaveLength(1);
    manager.createWorkflow("w", [{ ...each(0), action: "ok" }]);
    await drive(manager.resumeExecution(id, { edited: true }), clock);
    expect(await drive(manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
    await isUnhindered();
  });

  it("ends the execution that is recovered, with all that it is a part of, and hinders no other", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("inner", [
      each(1000),
      aStep("beside", "slow", { parameters: { ms: 9000 } }),
    ]);
    const parameters = { workflow: "inner" };
    first.manager.createWorkflow("outer", [
      { name: "inner", module: "workflow", action: "run", parameters },
      aStep("long", "slow", { parameters: { ms: 9000 } }),
    ]);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    first.clock.advance(1500);
    await settle();
    const [inner] = first.manager.listExecutions({ workflowName: "inner" });
    damage(first.store, `items/${inner?.id}/`);
    const second = await withNap({ store: first.store, probe: probeOf(2) });
    expect(await drive(second.manager.recover(), second.clock)).toEqual({ resumed: [id], failed: [] });
    const execution = await drive(second.manager.waitForExecution(id), second.clock);
    expect(execution).toMatchObject({
      status: "failed",
      errorCode: "INTERNAL_ERROR",
      results: { long: { status: "cancelled" } },
    });
    expect(second.manager.getExecution(inner?.id ?? "")).toMatchObject({ status: "failed" });
    await second.isUnhindered();
    expect(second.calls.filter(({ step }) => step === "each")).toEqual([]);
  });

  it("leaves a part that it kept from going on to the process that has gone on with it since", async () => {
    const first = aManager({ probe: probeOf(1) });
    first.manager.createWorkflow("inner", [aStep("a", "slow", { parameters: { ms: 9000 } })]);
    const parameters = { workflow: "inner" };
    first.manager.createWorkflow("outer", [
      each(1000),
      { name: "inner", module: "workflow", action: "run", parameters },
    ]);
    const id = await drive(first.manager.startWorkflow("outer"), first.clock);
    first.clock.advance(1500);
    await settle();
    const inner = first.manager.listExecutions({ workflowName: "inner" })[0]?.id ?? "";
    damage(first.store, `items/${id}/`);
    const firstIsGone = (self: number): ReturnType<typeof probeOf> => ({
      ...probeOf(self),
      liveness: ({ pid }) => (pid === 1 ? "dead" : "alive"),
    });
    const second = aManager({ store: first.store, probe: firstIsGone(2), logger });
    await drive(second.manager.recover(), second.clock);
    expect(second.manager.getExecution(id)).toMatchObject({ status: "failed", errorCode: "INTERNAL_ERROR" });
    const third = aManager({ store: first.store, probe: firstIsGone(3), logger });
    expect(await drive(third.manager.recover(), third.clock)).toEqual({ resumed: [inner], failed: [] });
    const refused = second.manager.resumeExecution(id, { from: "each" });
    await expect(drive(refused, second.clock)).rejects.toMatchObject({
      code: "INVALID_STATE",
      details: { execution_id: id, steps: ["inner"] },
    });
    expect(await drive(third.manager.waitForExecution(inner), third.clock)).toMatchObject({
      status: "completed",
    });
  });
});
