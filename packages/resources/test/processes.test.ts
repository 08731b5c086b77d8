import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ResourceManager } from "../src/resource-manager.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-resources-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = promisify(execFile);
const contender = async (name: string, rounds: number, capacity: number) => {
  const script = fileURLToPath(new URL("./contender.ts", import.meta.url));
  const args = ["--conditions=@orch/source", script, folder, name, String(rounds), String(capacity), "3"];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as { violations: number; waits: number };
};

it("lets three processes share one unit of one store without ever granting it twice", async () => {
  const results = await Promise.all(["a", "b", "c"].map((name) => contender(name, 40, 1)));
  expect(results.map(({ violations }) => violations)).toEqual([0, 0, 0]);
  // Somebody must have found everything taken, or the processes never met.
  expect(results.reduce((sum, { waits }) => sum + waits, 0)).toBeGreaterThan(0);
  const store = sqliteStore(join(folder, "state.db"));
  expect(store.list("allocations/")).toEqual([]);
  store.close();
});

it("keeps what a process held when it ended, for another to see and release", () => {
  const open = () => sqliteStore(join(folder, "state.db"));
  const before = open();
  const options = { baseDir: folder, defaultResources: false };
  const first = new ResourceManager({ ...options, store: before });
  first.registerResource("shared", "custom", 3);
  const { id } = first.allocateOrThrow("shared", "u", 2);
  before.close();
  const after = open();
  const second = new ResourceManager({ ...options, store: after });
  second.registerResource("shared", "custom", 3);
  expect([second.allocate("shared", "v", 2), second.release(id)]).toEqual([null, true]);
  expect(second.allocate("shared", "v", 3)).not.toBeNull();
  after.close();
});
