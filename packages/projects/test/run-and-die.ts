// Runs a workflow of a project in the base directory argv[2], and dies in the middle of it.
import { ModuleRegistry } from "@orch/tasks";
import { ProjectManager } from "../src/project-manager.ts";

const modules = new ModuleRegistry().register("deadly", "act", () => {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
});
const manager = new ProjectManager({ baseDir: process.argv[2] ?? "", modules });
manager.createProject("pp");
manager.workflowManager.createWorkflow("doomed", [{ name: "step", module: "deadly", action: "act" }], false);
manager.updateProject("pp", { workflows: ["doomed"] });
await manager.executeProjectWorkflow("pp", "doomed");
