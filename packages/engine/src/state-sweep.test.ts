import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { OrchestrationEngine } from "./engine.ts";

it("deletes what is kept for too long, in one go, and says how much", async () => {
  const baseDir = mkdtempSync(join(tmpdir(), "orch-sweep-"));
  try {
    await using engine = new OrchestrationEngine({ baseDir, retention: { maxCount: 1 } });
    const steps = [{ name: "echo", module: "core", action: "echo" }];
    engine.workflowManager.createWorkflow("one", steps, { save: false });
    for (let run = 0; run < 3; run++) await engine.executeWorkflow("one");
    for (let task = 0; task < 4; task++) await engine.executeTask({ module: "core", action: "echo" });
    expect(await engine.sweep()).toEqual({ executions: 2, tasks: 3, dead_letters: 0, closed_sessions: 0 });
    expect(engine.workflowManager.listExecutions()).toHaveLength(1);
    expect(engine.taskOrchestrator.listStoredTasks()).toHaveLength(1);
    expect(await engine.sweep()).toEqual({ executions: 0, tasks: 0, dead_letters: 0, closed_sessions: 0 });
  } finally {
    rmSync(baseDir, { recursive: true, force: true });
  }
});
