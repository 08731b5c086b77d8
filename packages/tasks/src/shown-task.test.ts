import { memoryStore } from "@orch/core";
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
  expect(rig.orchestrator.getTaskResult("a")).toEqual(task?.result);
});

it("shows a task how it ended here, whatever it shows of elsewhere by then", async () => {
  const [here, there] = [new OrchestratorRig(), new OrchestratorRig()];
  const task = here.task("slow");
  for (const { orchestrator } of [here, there]) orchestrator.submitTask(task);
  await here.settle();
  await there.settle();
  await here.finish("here");
  await there.finish("there");
  const results = [here, there].map(({ orchestrator }) => orchestrator.getTaskResult(task.id)?.data);
  expect([task.result?.data, ...results]).toEqual(["there", "here", "there"]);
});

it("gives a result that its reader may change: what is recorded, and what others get, stays", async () => {
  const store = memoryStore();
  const rig = new OrchestratorRig({ store });
  const parameters = { value: { list: [1] } };
  rig.orchestrator.submitTask({ id: "a", module: "rec", action: "ok", parameters });
  await rig.settle();
  const result = rig.orchestrator.getTaskResult("a");
  Object.assign(result?.data ?? {}, { list: [1, 99] });
  expect(rig.orchestrator.getTaskResult("a")?.data).toEqual({ list: [1] });
  const next = rig.task("ok", { dependencies: ["a"], parameters: { value: "${a.result.list}" } });
  rig.orchestrator.submitTask(next);
  await rig.settle();
  expect(next.result?.data).toEqual([1]);
  expect(store.get("tasks/a")).toMatchObject({ result: { list: [1] } });
});
