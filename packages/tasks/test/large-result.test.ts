import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, expect, it } from "vitest";
import { ModuleRegistry } from "../src/module-registry.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";
import { modulesDir } from "./attempt.ts";

const directory = mkdtempSync(join(tmpdir(), "orch-large-"));
afterEach(() => rmSync(directory, { recursive: true }));
const path = join(directory, "state.db");
const blobs = join(directory, "blobs");
const open = () => sqliteStore(path, { durability: "normal", blobs });

it.each(["naughty", "apart", "alone"])(
  "a large result comes back from its file, also to a later process: %s",
  async (module) => {
    const first = new TaskOrchestrator({ store: open(), modules: new ModuleRegistry({ modulesDir }) });
    const large = await first.executeTask({ id: "large", module, action: "returnLarge" });
    const user = {
      id: "user",
      module,
      action: "echo",
      dependencies: ["large"],
      parameters: { it: "${large.result}" },
    };
    const used = await first.executeTask(user);
    expect(large.data).toHaveLength(1024 * 1024);
    expect(used.data).toEqual({ it: large.data });
    await first.close();
    // One for the text, one for what holds it; and the database holds neither.
    expect(readdirSync(blobs)).toHaveLength(2);
    expect(statSync(path).size).toBeLessThan(512 * 1024);

    const store = open();
    expect(store.get("tasks/large")).toMatchObject({ status: "completed", result: large.data });
    const later = new TaskOrchestrator({ store });
    expect(later.getTaskResult("user")?.data).toEqual(used.data);
    expect(later.getTaskResult("large")?.data).toEqual(large.data);
    await later.close();
  },
);

it("keeps what an attempt used with its task", async () => {
  const store = open();
  const orchestrator = new TaskOrchestrator({ store, modules: new ModuleRegistry({ modulesDir }) });
  const result = await orchestrator.executeTask({ id: "it", module: "alone", action: "work" });
  expect(result.cpuTimeMs).toBeGreaterThan(0);
  expect(result.memoryUsage).toBeGreaterThan(20 * 1024 * 1024);
  const usage = { cpu_ms: result.cpuTimeMs, peak_bytes: result.memoryUsage };
  expect(store.get("tasks/it")).toMatchObject({ usage });
  expect(orchestrator.getExecutionStats()).toMatchObject({
    total_cpu_time: result.cpuTimeMs / 1000,
    peak_memory_usage: result.memoryUsage,
  });
  await orchestrator.close();
});
