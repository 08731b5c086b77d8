import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { isObject } from "@orch/core";

/** The extension by which a client follows a call as a task. */
export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

/** What a client says on the request itself; nothing in the older era. */
function onRequest({ mcpReq }: ServerContext): ClientCapabilities | undefined {
  // The SDK gives its type no members.
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const said = envelope[CLIENT_CAPABILITIES_META_KEY];
  return isObject(said) ? said : undefined;
}

/** Whether the client says on this request that it follows calls as tasks. */
export const followsTasks = (context: ServerContext): boolean =>
  onRequest(context)?.extensions?.[TASKS_EXTENSION] !== undefined;

/** Whether the client can show its user a form. */
export function canBeAsked({ server }: McpServer, context: ServerContext): boolean {
  const isModern = context.mcpReq.envelope !== undefined;
  const elicitation = (isModern ? onRequest(context) : server.getClientCapabilities())?.elicitation;
  if (elicitation === undefined) return false;
  return elicitation.form !== undefined || Object.keys(elicitation).length === 0;
}
