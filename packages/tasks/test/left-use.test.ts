import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMemoryStore, type Store, type StoreReader } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { ResourceManager } from "@orch/resources";
import { expect, it } from "vitest";
import { OrchestratorRig } from "./orchestrator-rig.ts";
import { SharedDisk } from "./shared-disk.ts";

/** A process that goes on with the tasks of the store: what it said, and how it ended. */
async function killer(path: string, role: "submit" | "help"): Promise<readonly unknown[]> {
  const script = join(import.meta.dirname, "fixtures", "killer.ts");
  const child = spawn(process.execPath, ["--conditions=@orch/source", script, path, role], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve) => child.on("close", (code, by) => resolve([by ?? code, said.trim()])));
}

it("leaves a resource free that a task held when it killed its process, again and again until it was set aside", async () => {
  const directory = mkdtempSync(join(tmpdir(), "orch-left-"));
  const path = join(directory, "state.db");
  const ends = [await killer(path, "submit")];
  for (let life = 0; life < 3; life++) ends.push(await killer(path, "help"));
  const killed = ["SIGKILL", ""];
  expect(ends).toEqual([killed, killed, killed, [0, "EXECUTION_PARKED"]]);
  const store = sqliteStore(path);
  for (const rows of ["usage/", "instances/", "backlog/"]) expect(store.list(rows)).toEqual([]);
  const manager = new ResourceManager({ baseDir: directory, defaultResources: false, store });
  manager.registerResource("license", "custom", 1);
  expect([manager.getAvailableCapacity("license"), manager.allocate("license", "ada")?.userId]).toEqual([
    1,
    "ada",
  ]);
  manager.close();
  store.close();
  rmSync(directory, { recursive: true });
});

/** Who uses something although he is fenced or not recorded at all: nobody, after any commit. */
function ghosts(store: StoreReader): unknown[] {
  return store
    .list("usage/")
    .map(([, value]) => (value as { instance: string }).instance)
    .filter((instance) => {
      const row = store.get(`instances/${instance}`) as { fenced: boolean } | undefined;
      return row === undefined || row.fenced;
    });
}

/** A process of which each commit is looked at. */
function aProcess(disk: SharedDisk, seen: unknown[]) {
  const process = disk.start();
  const transact: Store["transact"] = (work) => {
    const result = process.store.transact(work);
    seen.push(...ghosts(disk.records));
    return result;
  };
  expect(isMemoryStore(process.store)).toBe(false);
  return {
    ...process,
    rig: new OrchestratorRig({ store: { ...process.store, transact }, probe: process.probe }),
  };
}

const resources = [{ type: "cpu" as const, amount: 8 }];

it("deletes what a dead process used with the commit that fences it, where the one that adopts uses nothing", async () => {
  const disk = new SharedDisk();
  const seen: unknown[] = [];
  const first = aProcess(disk, seen);
  first.rig.orchestrator.submitTask(first.rig.task("slow", { id: "flying", resources }));
  first.rig.orchestrator.submitTask(first.rig.task("slow", { id: "waiting", resources }));
  first.rig.orchestrator.startExecution();
  await first.rig.settle();
  expect(disk.records.list("usage/")).toMatchObject([[expect.any(String), { used: [{}], wanted: {} }]]);
  first.die();
  const second = aProcess(disk, seen);
  // Not started: nothing of what it adopts begins, so nothing is asked of its ledger.
  const found = second.rig.orchestrator.recover();
  await second.rig.settle();
  expect((await found).adopted).toEqual(["flying", "waiting"]);
  expect([disk.records.list("usage/"), seen]).toEqual([[], []]);
  second.rig.orchestrator.startExecution();
  await second.rig.settle();
  expect([second.rig.called.length, second.rig.used]).toEqual([1, 8]);
  await second.rig.finishAll();
  expect([disk.records.list("usage/"), seen]).toEqual([[], []]);
  await second.rig.orchestrator.close();
});

it("deletes what a dead process used with its record, where it left no task to adopt", async () => {
  const disk = new SharedDisk();
  const seen: unknown[] = [];
  const first = aProcess(disk, seen);
  first.rig.orchestrator.submitTask(first.rig.task("slow", { id: "flying", resources }));
  first.rig.orchestrator.startExecution();
  await first.rig.settle();
  first.die();
  disk.records.transact((tx) => {
    for (const [key] of tx.list("backlog/")) tx.delete(key);
  });
  const [second, living] = [aProcess(disk, seen), aProcess(disk, seen)];
  living.rig.orchestrator.submitTask(living.rig.task("slow", { id: "mine" }));
  living.rig.orchestrator.startExecution();
  await living.rig.settle();
  await second.rig.orchestrator.recover();
  await second.rig.settle();
  expect([disk.records.list("usage/"), seen]).toEqual([[], []]);
  expect(disk.records.list("instances/")).toHaveLength(2);
  for (const { rig } of [second, living]) {
    await rig.finishAll();
    await rig.orchestrator.close();
  }
});
