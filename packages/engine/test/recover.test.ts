import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { OrchestrationEngine } from "../src/engine.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-engine-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

it("goes on with the executions and tasks of a process that was killed, each as its second attempt", async () => {
  const script = fileURLToPath(new URL("./dying.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@orch/source", script, baseDir], { stdio: "ignore" });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

  await using engine = new OrchestrationEngine({ baseDir });
  const attempts: number[] = [];
  engine.modules.register("deadly", "act", (_, { attempt }) => {
    attempts.push(attempt);
    return "done";
  });
  const { resumed, failed, tasks } = await engine.recover();
  expect([resumed.length, failed, tasks]).toEqual([1, [], ["the-task"]]);
  await engine.workflowManager.waitForExecution(resumed[0] ?? "");
  await engine.taskOrchestrator.waitForCompletion();
  expect(attempts).toEqual([2, 2]);
  expect(engine.taskOrchestrator.getTask("the-task")?.result?.data).toBe("done");
  expect(engine.workflowManager.getExecution(resumed[0] ?? "")?.result).toEqual({ step: "done" });
});
