// Runs a chain of three steps in a session, in the base directory argv[2], and dies while the second one runs.
import { OrchestrationEngine } from "../src/engine.ts";

const engine = new OrchestrationEngine({ baseDir: process.argv[2] ?? "" });
const { workflowManager } = engine;
engine.modules.register("deadly", "act", async (_, { stepName, sessionId, executionId }) => {
  if (stepName === "first") return "done";
  process.stdout.write(JSON.stringify({ sessionId, executionId }), () =>
    process.kill(process.pid, "SIGKILL"),
  );
  await new Promise(() => {});
  return null;
});
const step = (name: string, dependencies: string[]) => ({
  name,
  module: "deadly",
  action: "act",
  dependencies,
});
workflowManager.createWorkflow(
  "chain",
  [step("first", []), step("second", ["first"]), step("third", ["second"])],
  {
    save: false,
  },
);
const id = engine.createSession("alice", {
  timeoutMs: 3_600_000,
  resourceRequirements: { cpu: { cores: 1 } },
});
void engine.executeWorkflow("chain", {}, id);
