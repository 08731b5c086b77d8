// A process of the story test: takes over what an earlier one left, or starts the run, and says what was reported done.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { sqliteStore } from "@orch/core/sqlite";
import { type ActionContext, builtinRegistry, ModuleRegistry, TaskRuntime } from "@orch/tasks";
import { WorkflowManager } from "../src/workflow-manager.ts";
import { STORY_STEPS } from "./story-workflow.ts";

const [, , database = "", lines = ""] = process.argv;
const file = openSync(lines, "a");
const synced = (phase: "start" | "end", { stepName = "", attempt, idempotencyKey }: ActionContext): void => {
  writeSync(file, `${JSON.stringify([stepName, attempt, idempotencyKey, phase])}\n`);
  fsyncSync(file);
};
const modules = new ModuleRegistry({ parent: builtinRegistry() }).registerModule("story", {
  work: async ({ turns, inputs }, context) => {
    synced("start", context);
    for (let turn = 0; turn < Number(turns); turn++) await nextTurn();
    synced("end", context);
    return (inputs as number[]).reduce((sum, each) => sum + each, 1);
  },
});
const say = (...words: string[]): void => {
  writeSync(1, `${words.join(" ")}\n`);
};

const runtime = new TaskRuntime({ store: sqliteStore(database), modules });
const manager = new WorkflowManager({ runtime, maxParallel: 4 });
manager.events.on("step_completed", ({ step_name }) => say("done", step_name));
const [known] = manager.listExecutions();
const { resumed } = await manager.recover();
// Killed again and again before any step ended: it is set aside, and goes on when somebody asks for it.
const isParked =
  known !== undefined && manager.getExecution(known.id)?.parked?.reason === "too_many_recoveries";
if (isParked) await manager.resumeExecution(known.id);
say("recovered", String(resumed.length + (isParked ? 1 : 0)));
manager.createWorkflow("story", STORY_STEPS, false);
const id = known?.id ?? (await manager.startWorkflow("story"));
const execution = await manager.waitForExecution(id);
say("result", JSON.stringify({ status: execution?.status, result: execution?.result }));
await runtime.close();
closeSync(file);
