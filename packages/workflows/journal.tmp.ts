import { sqliteStore } from "@orch/core/sqlite";
import { TaskRuntime, ModuleRegistry, builtinRegistry } from "@orch/tasks";
import { WorkflowManager } from "./src/workflow-manager.ts";
import { lastSequence } from "./src/stored-events.ts";
import { rmSync } from "node:fs";
rmSync("/tmp/w2/j.db", { force: true });
const store = sqliteStore("/tmp/w2/j.db", { durability: "normal" } as never);
const runtime = new TaskRuntime({ store, modules: new ModuleRegistry({ parent: builtinRegistry() }) } as never);
const manager = new WorkflowManager({ runtime });
manager.createWorkflow("w", [{ name: "a", module: "core", action: "echo" }]);
let id = "";
try { id = (await manager.executeWorkflow("w")).executionId; } catch (e) { console.log(e); }
const last = lastSequence(id, store);
const N = 1_000_000, B = Number(process.argv[2] ?? 2);
for (let s = last + 1; s <= N; ) store.transact((tx) => { for (let k = 0; k < 5000 && s <= N; k++) { const ev = Array.from({ length: B }, (_, i) => ({ type: "step_progress", sequence: s + i, at: 1, execution_id: id, workflow_name: "w", step_name: "step", fraction: 0.5 })); tx.put(`events/${id}/${String(s).padStart(10, "0")}`, ev); s += B; } });
const time = (n: string, f: () => unknown) => { const t = performance.now(); const r = f(); console.log(n, (performance.now() - t).toFixed(1), r); };
time("last", () => lastSequence(id, store));
time("stored after", () => manager.storedEvents(id, N - 100).length);
for (const after of [0, 500_000, 999_990]) { const t = performance.now(); let n = 0; for await (const e of manager.followEvents(id, { after })) { if (n === 0) console.log("first", (e as any).sequence, (performance.now() - t).toFixed(1)); if (++n > 1000) break; } console.log(after, n, (performance.now() - t).toFixed(1)); }
time("all", () => manager.storedEvents(id).length);
await runtime.close();
