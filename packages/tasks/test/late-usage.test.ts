import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { afterAll, expect, it } from "vitest";
import { ModuleRegistry } from "../src/module-registry.ts";
import { TaskOrchestrator } from "../src/task-orchestrator.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-late-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Waits until it is told to stop, and then takes half a second of processor time. */
writeFileSync(
  join(folder, "late.mjs"),
  `import { writeFileSync } from "node:fs";
  async function run({ begun }, { signal }) {
    writeFileSync(begun, "");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    const before = process.cpuUsage();
    for (let used = 0; used < 500_000; ) {
      const { user, system } = process.cpuUsage(before);
      used = user + system;
    }
  }
  export default { actions: { work: { isolation: "process", run } } };`,
);

it.each([
  ["in memory", () => memoryStore()],
  ["on disk", () => sqliteStore(join(folder, "state.db"))],
] as const)(
  "counts what an attempt uses after its task was cancelled or timed out, %s",
  async (where, open) => {
    const store = open();
    const orchestrator = new TaskOrchestrator({ store, modules: new ModuleRegistry({ modulesDir: folder }) });
    const task = {
      module: "late",
      action: "work",
      maxRetries: 0,
      parameters: { begun: join(folder, where) },
    };
    const cancelled = orchestrator.submitTask(task);
    while (!existsSync(join(folder, where))) await new Promise(setImmediate);
    orchestrator.cancelTask(cancelled);
    const timedOut = orchestrator.submitTask({ ...task, timeoutMs: 5000 });
    await orchestrator.waitForCompletion();
    const ids = [cancelled, timedOut];
    const statuses = ids.map((id) => orchestrator.getTaskStatus(id));
    expect(statuses).toEqual(["cancelled", "timeout"]);
    while (orchestrator.runtime.running > 0) await new Promise(setImmediate);
    orchestrator.runtime.tick();
    for (const id of ids) {
      const used = orchestrator.getTaskResult(id)?.cpuTimeMs ?? 0;
      expect(used).toBeGreaterThan(400);
      expect(store.get(`tasks/${id}`)).toMatchObject({ usage: { cpu_ms: used } });
    }
    const total = orchestrator.getExecutionStats().total_cpu_time;
    expect(total).toBeGreaterThan(0.8);
    orchestrator.clearCompleted();
    expect(orchestrator.getExecutionStats().total_cpu_time).toBe(total);
    await orchestrator.close();
    store.close();
  },
);
