import {
  type CallToolResult,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  ProtocolError,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { isObject, type JsonObject, nearestNames } from "@orch/core";
import type { OpenQuestion } from "@orch/workflows";
import { digestOf } from "./audit.ts";
import { callResult } from "./call-result.ts";
import { canBeAsked, followsTasks } from "./client-capability.ts";
import { RPC } from "./json-rpc.ts";
import { executionIdOf, type McpResult } from "./mcp-result.ts";
import { questionId } from "./open-question.ts";
import { ProgressTeller } from "./progress-teller.ts";
import { questionRequest } from "./question-request.ts";
import type { RequestState, Round } from "./request-state.ts";
import { runTool } from "./run-tool.ts";
import type { Served } from "./served-tools.ts";
import { settleQuestion } from "./settle-question.ts";
import { taskHandle } from "./task-view.ts";
import type { EarlierRound, Progress, Tool } from "./tool.ts";

/** What calls of a connection are made with. */
export interface CallInit {
  readonly mcp: McpServer;
  readonly served: Served;
  readonly caller: string;
  readonly state: RequestState;
}

/** What a client asks for. */
interface Call {
  readonly name: string;
  readonly arguments?: unknown;
}

/** Key of the only question of a round. */
const ANSWER = "answer";

/**
 * Calls a tool: to its result, to a question for the person at the client, or to a task that the client follows. Rejects
 * with the errors of the protocol alone.
 */
export async function callTool(
  call: Call,
  context: ServerContext,
  init: CallInit,
): Promise<CallToolResult | InputRequiredResult> {
  const { served, caller, mcp } = init;
  const tool = served.tools.find((each) => each.name === call.name);
  if (tool === undefined) throw unknownTool(call.name, served.tools);
  const round = roundOf(call, context);
  const detaches = round === null && tool.ended !== undefined && isFollowed(call, context);
  let question: OpenQuestion | null = null;
  const { signal } = context.mcpReq;
  using teller = new ProgressTeller((progress) => tellProgress(progress, context), served.run.clock);
  const result = await runTool(tool, call.arguments, {
    ...served.run,
    ...{ caller, signal, detaches },
    progress: (made: Progress) => teller.update(made),
    goesOn: round && earlierRound(round, context, init),
    asked: (asked: OpenQuestion) => {
      question = asked;
    },
  });
  const executionId = executionIdOf(result);
  if (detaches && executionId !== null && result.success) {
    const begun = { caller, tool, executionId, facts: factsOf(result) };
    const handle = await taskHandle(begun, served).catch((error: unknown) => {
      // The run goes on: by its id it can be looked at all the same.
      served.run.logger.error("The handle of a run cannot be kept", { executionId, error: String(error) });
      return null;
    });
    // No schema of the SDK knows this kind of result.
    if (handle !== null) return handle as never;
  }
  const asks = question as OpenQuestion | null;
  const wasAsked = asks !== null && round?.question === questionId(asks) && wasRefused(context);
  if (asks === null || executionId === null || wasAsked || !served.elicits || !canBeAsked(mcp, context))
    return callResult(result);
  return (await asked(asks, { ...call, executionId }, context, init)) ?? callResult(result);
}

/** What the tool itself has said of the call. */
function factsOf({ metadata }: McpResult): JsonObject {
  const { timestamp: _at, tool_name: _name, ...facts } = metadata;
  return facts;
}

/** Whether the client follows the call as a task; who does not want to wait has another handle, the id of the run. */
const isFollowed = ({ arguments: args }: Call, context: ServerContext): boolean =>
  followsTasks(context) && !(isObject(args) && args["wait"] === false);

/** The question as the answer of a call; null where it cannot be asked. */
async function asked(
  question: OpenQuestion,
  { name, executionId, ...call }: Call & { readonly executionId: string },
  context: ServerContext,
  { served, state }: CallInit,
): Promise<InputRequiredResult | null> {
  const request = questionRequest(question, served.run.baseDir);
  const { decisions } = await served.run.host();
  if (request === null || decisions === undefined) return null;
  const round: Round = {
    ...{ tool: name, digest: digestOfCall(call), executionId, step: question.step },
    inside: question.executionId,
    question: questionId(question),
  };
  try {
    return inputRequired({
      inputRequests: { [ANSWER]: request },
      requestState: await state.seal(round, context),
    });
  } catch (error) {
    served.run.logger.error("A question cannot be asked", { error: String(error) });
    return null;
  }
}

/** The round that a call goes on with; null for a first one. Throws for one of another call. */
function roundOf(call: Call, { mcpReq }: ServerContext): Round | null {
  const round = mcpReq.requestState<Round>();
  if (round === undefined) return null;
  if (typeof round !== "object" || round.tool !== call.name || round.digest !== digestOfCall(call))
    throw new ProtocolError(RPC.invalidParams, "Invalid or expired requestState");
  return round;
}

function earlierRound(
  { executionId, question }: Round,
  { mcpReq }: ServerContext,
  { served, caller }: CallInit,
): EarlierRound {
  return {
    executionId,
    async settle() {
      const said = inputResponse(mcpReq.inputResponses, ANSWER);
      if (said.kind !== "elicit" || said.action !== "accept" || !served.elicits) return;
      const host = await served.run.host();
      await settleQuestion({ executionId, question, content: said.content }, host, { ...served.run, caller });
    },
  };
}

/** Whether the person did not want to answer, or was not there to. */
function wasRefused({ mcpReq }: ServerContext): boolean {
  const said = inputResponse(mcpReq.inputResponses, ANSWER);
  return said.kind !== "elicit" || said.action !== "accept";
}

const digestOfCall = ({ arguments: args = {} }: Pick<Call, "arguments">): string =>
  digestOf({ arguments: args } as JsonObject);

function unknownTool(name: string, tools: readonly Tool[]): ProtocolError {
  const known = tools.map((tool) => tool.name);
  const [near] = nearestNames(name, known);
  const meant = near === undefined ? "" : `; did you mean '${near}'?`;
  return new ProtocolError(RPC.invalidParams, `Unknown tool${meant}`, { known });
}

function tellProgress({ done, total, text }: Progress, { mcpReq }: ServerContext): void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined || mcpReq.signal.aborted) return;
  const params = { progressToken, progress: done, total, message: text };
  // A client that has gone away is told of elsewhere.
  mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
}
