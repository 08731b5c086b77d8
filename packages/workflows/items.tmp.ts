import { sqliteStore } from "@orch/core/sqlite";
import { TaskRuntime, ModuleRegistry, builtinRegistry } from "@orch/tasks";
import { WorkflowManager } from "./src/workflow-manager.ts";
import { rmSync, existsSync } from "node:fs";
const file = "/tmp/w2/i.db"; const has = existsSync(file);
const store = sqliteStore(file, { durability: "normal" } as never);
const modules = new ModuleRegistry({ parent: builtinRegistry() });
modules.registerModule("m", { id: ({ item }: any) => ({ item, ok: true }), list: () => Array.from({ length: 100000 }, (_, i) => i) } as never);
const runtime = new TaskRuntime({ store, modules, maxWorkers: 64 } as never);
const manager = new WorkflowManager({ runtime, maxParallel: 64 });
const time = async (n: string, f: () => any) => { const t = performance.now(); const r = await f(); console.log(n, (performance.now() - t).toFixed(1), r); };
if (!has) { manager.createWorkflow("w", [{ name: "l", module: "m", action: "list" }, { name: "each", module: "m", action: "id", foreach: "{{l.output}}", parameters: { item: "{{item}}" } }]);
await time("run", async () => (await manager.executeWorkflow("w")).status); }
const [{ id }] = manager.listExecutions() as any;
for (let i = 0; i < 3; i++) await time("get", () => (manager.getExecution(id)!.results["each"] as any).output.length);
await time("status", () => manager.standingOf(id));
if ((manager as any).stepItems) { await time("light", () => manager.getExecution(id, { outputs: false } as any)!.status);
await time("page", () => (manager as any).stepItems(id, "each", { after: 50000, limit: 100 }).length); }
await runtime.close();
