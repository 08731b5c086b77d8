import { type McpServer, ProtocolError } from "@modelcontextprotocol/server";
import { RPC } from "./json-rpc.ts";
import { isThere, resourceAt } from "./resource-version.ts";
import type { ResourceWatch } from "./resource-watch.ts";
import type { Served } from "./served-tools.ts";

/** Resources that one client may watch. */
export const MOST_WATCHED = 1024;

/**
 * Registers what clients of the older era watch resources by; all of it ends with the connection. (In the newer one the
 * SDK has the subscriptions.)
 */
export function serveSubscriptions(mcp: McpServer, watch: ResourceWatch, { run }: Served): void {
  const { server } = mcp;
  const held = new Map<string, () => void>();
  let isOver = false;
  const tell = (uri: string) => {
    // A client that has gone away is told of elsewhere.
    if (held.has(uri)) server.sendResourceUpdated({ uri }).catch(() => {});
  };
  let stop = () => {};
  const release = (uri: string) => {
    held.get(uri)?.();
    held.delete(uri);
    if (held.size === 0) stop();
  };
  server.setRequestHandler("resources/subscribe", async ({ params: { uri } }) => {
    const resource = resourceAt(uri);
    if (resource === null || !isThere(resource, await run.host()))
      throw new ProtocolError(RPC.invalidParams, "Resource not found", { uri });
    if (held.size >= MOST_WATCHED)
      throw new ProtocolError(RPC.invalidParams, "Too many resources are watched", { limit: MOST_WATCHED });
    const letGo = await watch.hold(uri);
    if (isOver || held.has(uri)) letGo();
    else held.set(uri, letGo);
    if (!isOver && held.size === 1) stop = watch.on(tell);
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    release(uri);
    return {};
  });
  const { onclose } = server;
  server.onclose = () => {
    isOver = true;
    for (const uri of [...held.keys()]) release(uri);
    onclose?.();
  };
}
