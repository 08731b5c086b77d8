import { McpServer, ProtocolError, type ServerContext } from "@modelcontextprotocol/server";
import type { JsonObject } from "@orch/core";
import { nearestNames } from "@orch/core";
import { RPC } from "./json-rpc.ts";
import { executionIdOf, type McpResult } from "./mcp-result.ts";
import { ProgressTeller } from "./progress-teller.ts";
import type { ResourceWatch } from "./resource-watch.ts";
import { runTool } from "./run-tool.ts";
import { servePrompts } from "./serve-prompts.ts";
import { serveResources } from "./serve-resources.ts";
import { serveSubscriptions } from "./serve-subscriptions.ts";
import type { Served } from "./served-tools.ts";
import { INSTRUCTIONS } from "./server-text.ts";
import type { Progress, Tool } from "./tool.ts";

/** The tool list does not change while the server runs. */
const LIST_TTL_MS = 3_600_000;

/** What a connection needs of its server beside the tools: each call while it goes on. */
export interface Connection {
  readonly served: Served;
  readonly caller: string;
  /** What tells of changes. */
  readonly watch: ResourceWatch;
  /** Keeps a call until it has ended. */
  follow(call: Promise<unknown>): void;
}

/** Makes the server of one connection, in either era of the protocol; whatever lasts longer lies outside of it. */
export function buildServer({ served, caller, watch, follow }: Connection): McpServer {
  const forever = { ttlMs: LIST_TTL_MS, cacheScope: "public" } as const;
  const mcp = new McpServer(
    { name: "orch", title: "orch", version: served.version },
    {
      capabilities: {
        tools: { listChanged: false },
        resources: { listChanged: false, subscribe: true },
        prompts: { listChanged: false },
      },
      instructions: INSTRUCTIONS,
      cacheHints: {
        "tools/list": forever,
        "prompts/list": forever,
        "resources/list": forever,
        "resources/templates/list": forever,
        "server/discover": forever,
      },
    },
  );
  mcp.server.setRequestHandler("tools/list", ({ params }) => {
    // All of them are one page.
    if (params?.cursor !== undefined)
      throw new ProtocolError(RPC.invalidParams, "There is no page behind this cursor");
    return { tools: served.tools.map(listing) };
  });
  mcp.server.setRequestHandler("tools/call", ({ params }, context) => {
    const call = callTool(params.name, params.arguments, { served, caller, context });
    follow(call.catch(() => {}));
    return call;
  });
  serveResources(mcp, served);
  serveSubscriptions(mcp, watch, served);
  servePrompts(mcp, served);
  return mcp;
}

/** What a client is told of a tool. */
const listing = ({ name, title, description, inputSchema, outputSchema, hints }: Tool) => ({
  name,
  title,
  description,
  inputSchema: { ...inputSchema },
  outputSchema: { ...outputSchema },
  annotations: hints,
});

interface CallInit {
  readonly served: Served;
  readonly caller: string;
  readonly context: ServerContext;
}

async function callTool(name: string, args: unknown, { served, caller, context }: CallInit) {
  const tool = served.tools.find((each) => each.name === name);
  if (tool === undefined) throw unknownTool(name, served.tools);
  const { signal } = context.mcpReq;
  using teller = new ProgressTeller((progress) => tellProgress(progress, context), served.run.clock);
  const progress = (made: Progress) => teller.update(made);
  return callResult(await runTool(tool, args, { ...served.run, caller, signal, progress }));
}

/** A result as content: structured, the same as text, and a link to the run that it is about. */
function callResult(result: McpResult) {
  const text = JSON.stringify(result);
  const id = executionIdOf(result);
  const link = {
    type: "resource_link",
    uri: `orch://executions/${id}`,
    name: String(id),
    mimeType: "application/json",
  };
  return {
    content: [
      { type: "text" as const, text },
      ...(id === null ? [] : [link as typeof link & { type: "resource_link" }]),
    ],
    structuredContent: JSON.parse(text) as JsonObject,
    isError: !result.success,
  };
}

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
