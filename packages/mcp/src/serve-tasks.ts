import {
  type McpServer,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { errorMessage, isObject, type JsonObject } from "@orch/core";
import { z } from "zod";
import type { CallInit } from "./call-tool.ts";
import { canBeAsked, followsTasks, TASKS_EXTENSION } from "./client-capability.ts";
import { RPC } from "./json-rpc.ts";
import { questionId } from "./open-question.ts";
import type { OrchestrationApi, RunHandle } from "./orchestration-api.ts";
import { guarded, protocolFault } from "./protocol-fault.ts";
import { replyText } from "./reply-text.ts";
import { asksOfRun, resumeInterrupted } from "./resume-interrupted.ts";
import { permitCall } from "./run-tool.ts";
import { bringAgain, settleQuestion } from "./settle-question.ts";
import { taskView } from "./task-view.ts";
import type { PolicyAsk, Tool } from "./tool.ts";

const taskSchema = z.looseObject({ taskId: z.string().max(128) });

/** A task that the caller has, and the tool that has begun it. */
interface FoundTask {
  readonly host: OrchestrationApi;
  readonly handle: RunHandle;
  readonly tool: Tool;
}

/** Serves the methods by which a client follows its tasks. Each task is a run: any process on the state can answer. */
export function serveTasks({ server }: McpServer, init: CallInit): void {
  const { mcp, served, caller } = init;
  type Handler = (asked: { readonly taskId: string }, context: ServerContext) => Promise<JsonObject>;
  const serve = (method: string, handler: Handler) =>
    server.setRequestHandler(method, { params: taskSchema }, guarded(handler, served.run));
  serve("tasks/get", async ({ taskId }, context) => {
    const { handle, host, tool } = await find(taskId, context, init);
    const asks = served.elicits && canBeAsked(mcp, context);
    const permit = (asked: PolicyAsk) =>
      permitCall("tasks/get", tool, { taskId }, { ...served.run, caller }, asked);
    const revive = async (executionId: string) => {
      try {
        await resumeInterrupted(executionId, { host, permit });
        return null;
      } catch (error) {
        const why = replyText(errorMessage(error), served.run.baseDir);
        return `The process of the run is gone, and it does not go on by itself: ${why}`;
      }
    };
    if (handle.end === null) await bringAgain(handle.executionId, host, served.run.clock);
    const { signal } = context.mcpReq;
    const view = await taskView(handle, { taskId, tool, served, host, asks, revive, signal });
    if (view === null) throw unknownTask(taskId);
    return view;
  });
  serve("tasks/update", async ({ taskId }, context) => {
    // The SDK takes them out of the parameters, in whatever request they come.
    const { inputResponses = {} } = context.mcpReq;
    const { handle, host, tool } = await find(taskId, context, init);
    if (handle.end !== null || !served.elicits) return {};
    using _ = permitted("tasks/update", tool, taskId, asksOfRun(handle.executionId, host), init);
    for (const question of host.workflowManager.openQuestions(handle.executionId)) {
      const id = questionId(question);
      const said = Object.hasOwn(inputResponses, id) ? inputResponses[id] : undefined;
      if (!isObject(said) || said["action"] !== "accept") continue;
      const answer = { executionId: handle.executionId, question: id, content: said["content"] };
      await settleQuestion(answer, host, { ...served.run, caller });
    }
    return {};
  });
  serve("tasks/cancel", async ({ taskId }, context) => {
    const { handle, host, tool } = await find(taskId, context, init);
    if (handle.end !== null) return {};
    using _ = permitted("tasks/cancel", tool, taskId, {}, init);
    await host.workflowManager.requestCancel(handle.executionId);
    return {};
  });
}

/** Throws -32021 where the client does not follow tasks, -32602 for one that there is not, or that is another caller's. */
async function find(
  taskId: string,
  context: ServerContext,
  { served, caller }: CallInit,
): Promise<FoundTask> {
  if (!followsTasks(context))
    throw new MissingRequiredClientCapabilityError({
      requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
    });
  const host = await served.run.host();
  const handle = host.handles?.find(taskId, caller) ?? null;
  const tool = served.tools.find(({ name }) => name === handle?.tool);
  if (handle === null || tool === undefined) throw unknownTask(taskId);
  return { host, handle, tool };
}

/**
 * Whoever may call the tool may do this with what it has begun; it counts as a call until it is disposed of. Throws an error
 * of the protocol where the policy or its limits say no.
 */
function permitted(
  method: string,
  tool: Tool,
  taskId: string,
  asks: PolicyAsk,
  { served, caller }: CallInit,
): Disposable | null {
  try {
    permitCall(method, tool, { taskId }, { ...served.run, caller }, asks);
    return served.run.limit?.enter(caller) ?? null;
  } catch (error) {
    throw protocolFault(error, served.run, RPC.invalidRequest);
  }
}

const unknownTask = (taskId: string): ProtocolError =>
  new ProtocolError(RPC.invalidParams, "Unknown task", { taskId: taskId.slice(0, 64) });
