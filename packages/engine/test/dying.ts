// Starts a task and an execution in the base directory argv[2], and dies in the middle of both.
import { OrchestrationEngine } from "../src/engine.ts";

const engine = new OrchestrationEngine({ baseDir: process.argv[2] ?? "" });
let running = 0;
engine.modules.register("deadly", "act", async () => {
  running++;
  if (running === 2) process.kill(process.pid, "SIGKILL");
  await new Promise(() => {});
});
const { workflowManager, taskOrchestrator } = engine;
workflowManager.createWorkflow("doomed", [{ name: "step", module: "deadly", action: "act" }], {
  save: false,
});
void taskOrchestrator.executeTask({ name: "alone", module: "deadly", action: "act", id: "the-task" });
void workflowManager.startWorkflow("doomed");
