import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { expect, it } from "vitest";
import { faultyStore, locked } from "../test/faulty-store.ts";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk, type SimulatedProcess } from "../test/shared-disk.ts";

const rigOn = ({ store, probe }: SimulatedProcess) => new OrchestratorRig({ store, probe });

it("B: refresh before", async () => {
  const disk = new SharedDisk();
  const [one, two] = [rigOn(disk.start()), rigOn(disk.start())];
  one.orchestrator.submitTask(one.task("slow", { id: "y" }));
  await one.settle();
  expect(two.orchestrator.getTask("x")).toBe(null);
  one.orchestrator.submitTask(one.task("slow", { id: "x" }));
  one.orchestrator.runtime.tick();
  let code = "";
  try {
    two.orchestrator.submitTask(two.task("slow", { id: "x" }));
  } catch (e) {
    code = (e as { code: string }).code;
  }
  two.orchestrator.runtime.tick();
  await two.settle();
  await one.settle();
  console.log("B", code, one.called, two.called, two.orchestrator.getTask("x")?.status);
});
it("C: shared object", async () => {
  const store = sqliteStore(join(mkdtempSync(join(tmpdir(), "r4-")), "s.db"));
  const [one, two] = [new OrchestratorRig({ store }), new OrchestratorRig({ store })];
  for (const id of ["y", "x"]) {
    one.orchestrator.submitTask(one.task("slow", { id }));
    await one.settle();
    let code = "";
    try {
      two.orchestrator.submitTask(two.task("slow", { id }));
    } catch (e) {
      code = (e as { code: string }).code;
    }
    await two.settle();
    console.log("C", id, code, one.called, two.called);
  }
  // dependency across
  one.orchestrator.submitTask(one.task("slow", { id: "d1" }));
  two.orchestrator.submitTask(two.task("ok", { id: "d2", dependencies: ["d1"] }));
  await one.settle();
  await two.settle();
  console.log("C", two.orchestrator.getTask("d1")?.status);
});
it("D: metadata", async () => {
  const rig = new OrchestratorRig();
  const { orchestrator } = rig;
  orchestrator.submitTask({
    id: "a",
    module: "rec",
    action: "slow",
    metadata: { k: { v: 1 } },
    parameters: {},
    resources: [{ type: "cpu", amount: 1 }],
  });
  orchestrator.submitTask({ id: "b", module: "rec", action: "slow" });
  orchestrator.submitTask({ id: "c", module: "rec", action: "slow" });
  const a = orchestrator.getTask("a");
  (a?.metadata as Record<string, unknown>)["bad"] = 1;
  (a?.metadata["k"] as Record<string, unknown>)["v"] = 2;
  (orchestrator.getTask("b")?.metadata as Record<string, unknown>)["shared"] = 1;
  await rig.settle();
  await rig.finishAll();
  const data = orchestrator.getTaskResult("a");
  console.log(
    "D",
    orchestrator.runtime.store.get("tasks/a"),
    orchestrator.getTask("c")?.metadata,
    orchestrator.runtime.store.get("tasks/b"),
    data === orchestrator.getTask("a")?.result,
  );
});
it("E: after close", async () => {
  for (const store of [undefined, sqliteStore(join(mkdtempSync(join(tmpdir(), "r4-")), "s.db"))]) {
    const rig = new OrchestratorRig(store ? { store } : {});
    await rig.orchestrator.close();
    for (const id of ["x", newId()])
      try {
        rig.orchestrator.submitTask({ id, module: "rec", action: "ok" });
      } catch (e) {
        console.log("E", (e as { code: string }).code, String(e));
      }
    try {
      console.log(rig.orchestrator.getTask("x"));
    } catch (e) {
      console.log("E", (e as { code: string }).code, String(e));
    }
    try {
      await rig.orchestrator.executeTask({ module: "rec", action: "ok" });
    } catch (e) {
      console.log("E", (e as { code: string }).code, String(e));
    }
  }
});
it("F: uncommitted", async () => {
  const store = faultyStore();
  const rig = new OrchestratorRig({ store });
  const own = rig.task("slow", { id: "own" });
  rig.orchestrator.submitTask(own);
  rig.orchestrator.submitTask({ id: "lazy", module: "rec", action: "slow" });
  store.commit.push(locked());
  rig.orchestrator.runtime.tick();
  const lazy = rig.orchestrator.getTask("lazy");
  console.log(
    "F",
    own.status,
    own.startedAt,
    lazy?.status,
    lazy?.startedAt,
    rig.orchestrator.getExecutionStats(),
  );
});
it("G: uuid7", async () => {
  const disk = new SharedDisk();
  const [one, two] = [rigOn(disk.start()), rigOn(disk.start())];
  const id = newId();
  one.orchestrator.submitTask({ id, module: "rec", action: "ok", parameters: { name: "1" } });
  await one.settle();
  let code = "";
  try {
    two.orchestrator.submitTask({ id, module: "rec", action: "ok", parameters: { name: "2" } });
  } catch (e) {
    code = (e as { code: string }).code;
  }
  await two.settle();
  console.log("G", code, one.called, two.called);
});
