import { instanceLiveness, type OrchestrationEngine, readInstance } from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { type Finding, fine } from "./finding.ts";

const INSTANCES = "instances/";
/** Work of which the commands are named. */
const MOST_NAMED = 3;

/** Processes that work on the state, those that are gone, and what these have left. */
export function processFindings(engine: OrchestrationEngine): Finding[] {
  const { runtime } = engine.taskOrchestrator;
  const { store, probe } = runtime;
  const records = store.list(INSTANCES).map(([key]) => readInstance(key.slice(INSTANCES.length), store));
  const living = records.filter((record) => instanceLiveness(record, probe) !== "dead");
  const gone = records.length - living.length;
  const pids = living.flatMap((record) => (record === null ? [] : [String(record.pid)]));
  const who = pids.length === 0 ? "None works on the state" : `At work: ${pids.join(", ")}`;
  return [
    fine("processes", `${who}${gone > 0 ? `; ${count(gone, "other")} ended without a word` : ""}`),
    ...interruptedRuns(engine),
    ...interruptedTasks(engine),
  ];
}

function interruptedRuns({ workflowManager }: OrchestrationEngine): Finding[] {
  const runs = workflowManager
    .listExecutions({ status: "running" })
    .filter(({ record }) => record.parent === null && workflowManager.standingOf(record) === "interrupted");
  if (runs.length === 0) return [];
  return [
    {
      level: "warning",
      about: "executions",
      message: `${count(runs.length, "execution")} of processes that are gone ${runs.length === 1 ? "has" : "have"} not ended`,
      suggestions: [
        ...runs.slice(0, MOST_NAMED).map(({ id }) => `Go on with it: ${commandText(`resume ${id}`)}`),
        `See all: ${commandText("execution list --status interrupted")}`,
      ],
    },
  ];
}

function interruptedTasks({ taskOrchestrator }: OrchestrationEngine): Finding[] {
  const tasks = taskOrchestrator
    .listStoredTasks({ unfinished: true })
    .filter(({ standing }) => standing === "interrupted");
  if (tasks.length === 0) return [];
  return [
    {
      level: "warning",
      about: "tasks",
      message: `${count(tasks.length, "task")} of processes that are gone ${tasks.length === 1 ? "has" : "have"} not ended`,
      suggestions: [
        `See all: ${commandText("task list --status interrupted")}`,
        `Go on with them: ${commandText("task resume")}`,
        `What is not wanted any more: ${commandText("task cancel <task>")}`,
      ],
    },
  ];
}
