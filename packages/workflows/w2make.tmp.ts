import { sqliteStore } from "@orch/core/sqlite";
import { builtinRegistry, ModuleRegistry, TaskRuntime } from "@orch/tasks";
import { WorkflowManager } from "./src/workflow-manager.ts";

const file = process.argv[2]!;
const mode = process.argv[3]!;
const N = Number(process.argv[4] ?? 10000);
const modules = new ModuleRegistry({ parent: builtinRegistry() });
let calls = 0;
modules.registerModule("m", {
  a: () => {
    calls++;
    return 1;
  },
  hang: () => {
    calls++;
    return mode !== "run" ? new Promise(() => {}) : 2;
  },
} as never);
const runtime = new TaskRuntime({
  store: sqliteStore(file, { durability: (process.argv[5] ?? "full") as never }),
  modules,
  maxWorkers: 20000,
} as never);
const manager = new WorkflowManager({ runtime });
if (mode === "make") {
  manager.createWorkflow("w", [
    { name: "a", module: "m", action: "a" },
    { name: "b", module: "m", action: "hang", parameters: { x: "{{a.output}}" } },
    { name: "c", module: "m", action: "a", parameters: { x: "{{b.output}}" } },
  ]);
  const t = performance.now();
  await Promise.all(Array.from({ length: N }, () => manager.startWorkflow("w")));
  while (calls < 2 * N) await new Promise((r) => setTimeout(r, 20));
  console.log("made", Math.round(performance.now() - t), calls);
  await new Promise((r) => setTimeout(r, 500));
  process.kill(process.pid, "SIGKILL");
} else {
  const t = performance.now();
  const r = await manager.recover();
  console.log(
    "recovered",
    r.resumed.length,
    r.failed.length,
    Math.round(performance.now() - t),
    "cpu",
    Math.round(process.cpuUsage().user / 1000),
    Math.round(process.cpuUsage().system / 1000),
  );
  while (calls < (mode === "run" ? 2 : 1) * N) await new Promise((r) => setTimeout(r, 20));
  console.log("ran", Math.round(performance.now() - t));
  if (mode !== "run") process.exit(0);
  while (runtime.store.list("active/", { limit: 1 }).length) await new Promise((r) => setTimeout(r, 20));
  console.log("all ended", Math.round(performance.now() - t));
  await runtime.close();
}
