import { type JsonObject, toIso } from "@orch/core";
import { waysToAnswer } from "./approval-required.ts";
import { callResult } from "./call-result.ts";
import { type McpResult, resultOf } from "./mcp-result.ts";
import { questionId, questionsOf } from "./open-question.ts";
import type { HandleEnd, OrchestrationApi, RunHandle } from "./orchestration-api.ts";
import { questionRequest } from "./question-request.ts";
import type { Served } from "./served-tools.ts";
import type { Tool } from "./tool.ts";

/** How long a task is kept behind its end, and how often a client should look. */
const TTL_MS = 3_600_000;
const POLL_MS = 500;

/** A task as the protocol tells it. */
export interface TaskView extends JsonObject {
  readonly taskId: string;
  readonly status: "working" | "input_required" | "completed" | "cancelled";
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
}

/** Makes the handle of a run that has begun, durably, and the answer that gives it to the client; null where the host keeps none. */
export async function taskHandle(
  {
    caller,
    tool,
    executionId,
    facts,
  }: Omit<RunHandle, "tool" | "createdAt" | "end"> & { readonly tool: Tool },
  { run }: Served,
): Promise<(TaskView & { readonly resultType: "task" }) | null> {
  const { handles } = await run.host();
  if (!handles) return null;
  const taskId = await handles.create({ caller, tool: tool.name, executionId, facts });
  const at = handles.find(taskId, caller)?.createdAt ?? run.clock.now();
  return { resultType: "task", ...viewOf(taskId, at, "working", at) };
}

/** What {@link taskView} looks with. */
export interface TaskLook {
  readonly taskId: string;
  readonly tool: Tool;
  readonly served: Served;
  readonly host: OrchestrationApi;
  /** Whether questions may be put to the client. */
  readonly asks: boolean;
  /** Goes on with a run whose process is gone; what keeps it from that is told. */
  readonly revive: (executionId: string) => Promise<string | null>;
}

/** A task as it stands. What was told as its end is told for ever. Null for one whose run is deleted. */
export async function taskView(handle: RunHandle, look: TaskLook): Promise<TaskView | null> {
  const { taskId, host } = look;
  const { executionId, createdAt } = handle;
  if (handle.end !== null) return ended(taskId, createdAt, handle.end);
  const { workflowManager } = host;
  if (workflowManager.getExecution(executionId, { outputs: false }) === null) return null;
  let standing = workflowManager.standingOf(executionId);
  const trouble = standing === "interrupted" ? await look.revive(executionId) : null;
  standing = workflowManager.standingOf(executionId);
  if (standing === "completed" || standing === "failed" || standing === "cancelled") {
    const end = await host.handles?.end(taskId, await endOf(handle, standing, look));
    return end ? ended(taskId, createdAt, end) : null;
  }
  const [question] = questionsOf(executionId, host);
  if (question === undefined) {
    const view = viewOf(taskId, createdAt, "working", createdAt);
    const statusMessage = trouble ?? `The run is ${standing}`;
    return { ...view, statusMessage };
  }
  const request = look.asks ? questionRequest(question, look.served.run.baseDir) : null;
  const statusMessage = `Step '${question.step}' waits for a person. ${waysToAnswer(question)[0]}`;
  if (request === null) return { ...viewOf(taskId, createdAt, "working", question.since), statusMessage };
  const inputRequests = { [questionId(question)]: request as unknown as JsonObject };
  return { ...viewOf(taskId, createdAt, "input_required", question.since), statusMessage, inputRequests };
}

/** How a run has ended: also one that failed has a result, which says so. */
async function endOf(
  { executionId, facts }: RunHandle,
  standing: "completed" | "failed" | "cancelled",
  { tool, served, host }: TaskLook,
): Promise<HandleEnd> {
  const { clock, budget } = served.run;
  const at = clock.now();
  if (standing === "cancelled" || !tool.ended) return { status: "cancelled", at, result: null };
  const signal = new AbortController().signal;
  const outcome = await tool.ended({ executionId, facts }, { host, budget, signal });
  const base = { timestamp: toIso(at), tool_name: tool.name };
  const result: McpResult = resultOf(outcome, base);
  return { status: "completed", at, result: callResult(result) as unknown as JsonObject };
}

const ended = (taskId: string, createdAt: number, { status, at, result }: HandleEnd): TaskView => ({
  ...viewOf(taskId, createdAt, status, at),
  ...(result === null ? {} : { result }),
});

const viewOf = (
  taskId: string,
  createdAt: number,
  status: TaskView["status"],
  updatedAt: number,
): TaskView => ({
  taskId,
  status,
  createdAt: toIso(createdAt),
  lastUpdatedAt: toIso(Math.max(createdAt, updatedAt)),
  ttlMs: TTL_MS,
  pollIntervalMs: POLL_MS,
});
