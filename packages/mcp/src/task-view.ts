import { type JsonObject, toIso } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { waysToAnswer } from "./approval-required.ts";
import { callResult } from "./call-result.ts";
import { resultOf } from "./mcp-result.ts";
import { questionId, questionsOf } from "./open-question.ts";
import type { HandleEnd, OrchestrationApi, RunHandle } from "./orchestration-api.ts";
import { questionRequest } from "./question-request.ts";
import type { Served } from "./served-tools.ts";
import type { Tool } from "./tool.ts";

/** How often a client should look. */
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

/** What a task always says of itself. */
interface Frame {
  readonly taskId: string;
  readonly createdAt: number;
  readonly ttlMs: number;
}

/** Makes the handle of a run that has begun, durably, and the answer that gives it to the client; null where the host keeps none. */
export async function taskHandle(
  { tool, ...handle }: Omit<RunHandle, "tool" | "createdAt" | "end"> & { readonly tool: Tool },
  { run }: Served,
): Promise<(TaskView & { readonly resultType: "task" }) | null> {
  const { handles } = await run.host();
  if (!handles) return null;
  const taskId = await handles.create({ ...handle, tool: tool.name });
  const createdAt = handles.find(taskId, handle.caller)?.createdAt ?? run.clock.now();
  const { ttlMs } = handles;
  return { resultType: "task", ...viewOf({ taskId, createdAt, ttlMs }, "working") };
}

/** What {@link taskView} looks with. */
export interface TaskLook {
  readonly taskId: string;
  readonly tool: Tool;
  readonly served: Served;
  readonly host: OrchestrationApi;
  readonly signal: AbortSignal;
  /** Whether questions may be put to the client. */
  readonly asks: boolean;
  /** Goes on with a run whose process is gone; what keeps it from that is told. */
  readonly revive: (executionId: string) => Promise<string | null>;
}

/** A task as it stands. What was told as its end is told for ever. Null for one whose run is deleted. */
export async function taskView(handle: RunHandle, look: TaskLook): Promise<TaskView | null> {
  const { taskId, host } = look;
  const { workflowManager, handles } = host;
  const { executionId, createdAt } = handle;
  if (!handles) return null;
  const frame = { taskId, createdAt, ttlMs: handles.ttlMs };
  if (handle.end !== null) return ended(frame, handle.end);
  // Clients look often: without a look at each step.
  if (workflowManager.definitionOf(executionId) === null) return null;
  const isInterrupted = workflowManager.standingOf(executionId) === "interrupted";
  const trouble = isInterrupted ? await look.revive(executionId) : null;
  const standing = workflowManager.standingOf(executionId);
  if (standing === "completed" || standing === "failed" || standing === "cancelled")
    return ended(frame, await handles.end(taskId, await endOf(handle, standing, look)));
  const [question] = questionsOf(executionId, host);
  if (question === undefined)
    return { ...viewOf(frame, "working"), statusMessage: trouble ?? `The run is ${standing}` };
  return questionView(frame, question, look);
}

/** A task whose run waits for a person: as a question where the client can be asked, else as what a person can do. */
function questionView(frame: Frame, question: OpenQuestion, { asks, served }: TaskLook): TaskView {
  const request = asks ? questionRequest(question, served.run.baseDir) : null;
  const statusMessage = `Step '${question.step}' waits for a person. ${waysToAnswer(question)[0]}`;
  if (request === null) return { ...viewOf(frame, "working", question.since), statusMessage };
  const inputRequests = { [questionId(question)]: request as unknown as JsonObject };
  return { ...viewOf(frame, "input_required", question.since), statusMessage, inputRequests };
}

/** How a run has ended: also one that failed has a result, which says so. */
async function endOf(
  { executionId, facts }: RunHandle,
  standing: "completed" | "failed" | "cancelled",
  { tool, served, host, signal }: TaskLook,
): Promise<HandleEnd> {
  const { clock, budget } = served.run;
  const at = clock.now();
  if (standing === "cancelled" || !tool.ended) return { status: "cancelled", at, result: null };
  const outcome = await tool.ended({ executionId, facts }, { host, budget, signal });
  const result = callResult(resultOf(outcome, { timestamp: toIso(at), tool_name: tool.name }));
  return { status: "completed", at, result: result as unknown as JsonObject };
}

const ended = (frame: Frame, { status, at, result }: HandleEnd): TaskView => ({
  ...viewOf(frame, status, at),
  ...(result === null ? {} : { result }),
});

const viewOf = (
  { taskId, createdAt, ttlMs }: Frame,
  status: TaskView["status"],
  updatedAt: number = createdAt,
): TaskView => ({
  taskId,
  status,
  createdAt: toIso(createdAt),
  lastUpdatedAt: toIso(Math.max(createdAt, updatedAt)),
  ttlMs,
  pollIntervalMs: POLL_MS,
});
