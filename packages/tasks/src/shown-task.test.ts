import { expect, it } from "vitest";
import { faultyStore, locked } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";

it("shows nothing of what the store has refused so far, in a task made for who asks", async () => {
  const store = faultyStore();
  const rig = new OrchestratorRig({ store });
  rig.orchestrator.submitTask({ id: "a", module: "rec", action: "slow" });
  store.commit.push(locked());
  rig.orchestrator.runtime.tick();
  const task = rig.orchestrator.getTask("a");
  expect([task?.status, task?.startedAt]).toEqual(["pending", null]);
  rig.clock.advance(2);
  await rig.settle();
  expect([task?.status, task?.startedAt]).toEqual(["running", expect.any(Date)]);
  await rig.finish(7);
  expect([task?.status, task?.result?.data]).toEqual(["completed", 7]);
  expect(rig.orchestrator.getTask("a")).toBe(task);
  expect(rig.orchestrator.getTaskResult("a")).toBe(task?.result);
});
