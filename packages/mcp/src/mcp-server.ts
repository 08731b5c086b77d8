import { McpServer, ProtocolError } from "@modelcontextprotocol/server";
import { callTool } from "./call-tool.ts";
import { TASKS_EXTENSION } from "./client-capability.ts";
import { RPC } from "./json-rpc.ts";
import { guarded } from "./protocol-fault.ts";
import { RequestState } from "./request-state.ts";
import type { ResourceWatch } from "./resource-watch.ts";
import { servePrompts } from "./serve-prompts.ts";
import { serveResources } from "./serve-resources.ts";
import { serveSubscriptions } from "./serve-subscriptions.ts";
import { serveTasks } from "./serve-tasks.ts";
import type { Served } from "./served-tools.ts";
import { INSTRUCTIONS } from "./server-text.ts";
import type { Tool } from "./tool.ts";

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
  const state = new RequestState(served.keyFile, caller);
  const forever = { ttlMs: LIST_TTL_MS, cacheScope: "public" } as const;
  const mcp = new McpServer(
    { name: "orch", title: "orch", version: served.version },
    {
      capabilities: {
        tools: { listChanged: false },
        resources: { listChanged: false, subscribe: true },
        prompts: { listChanged: false },
        extensions: { [TASKS_EXTENSION]: {} },
      },
      requestState: { verify: state.verify },
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
  const calls = { mcp, served, caller, state };
  const begin = guarded(callTool, served.run);
  mcp.server.setRequestHandler("tools/call", ({ params }, context) => {
    const call = begin(params, context, calls);
    follow(call.catch(() => {}));
    return call;
  });
  serveTasks(mcp, calls);
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
