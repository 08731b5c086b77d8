import { expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordOf } from "../test/record-of.ts";
import { SharedDisk, type SimulatedProcess } from "../test/shared-disk.ts";

const rigOn = ({ store, probe }: SimulatedProcess) => new OrchestratorRig({ store, probe });

const rows = (disk: SharedDisk) =>
  ["backlog/", "marks/", "tasks/"].map((prefix) => disk.records.list(prefix).length);

async function adopted(disk: SharedDisk): Promise<OrchestratorRig> {
  const rig = rigOn(disk.start());
  rig.orchestrator.startExecution();
  const found = rig.orchestrator.recover();
  await rig.settle();
  await found;
  return rig;
}

it("takes one row for all tasks that come in a tick, one for those that start later, and each its own when it ends", async () => {
  const disk = new SharedDisk();
  const rig = rigOn(disk.start());
  rig.orchestrator.submitTask(rig.task("slow", { id: "a" }));
  for (const id of ["b", "c", "d"])
    rig.orchestrator.submitTask(rig.task("slow", { id, dependencies: ["a"] }));
  await rig.settle();
  expect(rows(disk)).toEqual([1, 0, 0]);
  expect(["a", "b"].map((id) => recordOf(disk.records, id)?.status)).toEqual(["running", "blocked"]);
  await rig.finish();
  expect(rows(disk)).toEqual([1, 1, 1]);
  expect(recordOf(disk.records, "c")).toMatchObject({ status: "running", attempt: 1 });
  await rig.finishAll();
  expect(rows(disk)).toEqual([0, 0, 4]);
  await rig.orchestrator.close();
});

it("gives a large task a row of its own, from the first on", async () => {
  const disk = new SharedDisk();
  const first = disk.start();
  const rig = rigOn(first);
  const value = "x".repeat(10_000);
  rig.orchestrator.submitTask(rig.task("slow", { id: "large", parameters: { value } }));
  rig.orchestrator.submitTask(rig.task("slow", { id: "small" }));
  await rig.settle();
  expect(rows(disk)).toEqual([1, 0, 1]);
  first.die();
  const next = await adopted(disk);
  expect(next.called).toHaveLength(2);
  expect(next.orchestrator.getTask("large")?.parameters["value"]).toBe(value);
  await next.finishAll();
  expect(rows(disk)).toEqual([0, 0, 2]);
});

it("goes on with the values that its placeholders had got, small or large", async () => {
  for (const value of ["seven", "x".repeat(10_000)]) {
    const disk = new SharedDisk();
    const first = disk.start();
    const rig = rigOn(first);
    rig.orchestrator.submitTask(rig.task("slow", { id: "from", name: "from" }));
    rig.orchestrator.submitTask(
      rig.task("slow", { id: "to", dependencies: ["from"], parameters: { value: "${from.result}" } }),
    );
    await rig.settle();
    await rig.finish(value);
    first.die();
    const next = await adopted(disk);
    expect(next.calls).toMatchObject([{ context: { attempt: 2 } }]);
    expect(next.orchestrator.getTask("to")?.parameters["value"]).toBe(value);
    await next.finishAll();
  }
});
