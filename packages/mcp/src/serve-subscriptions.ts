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
  const hold = async (uri: string): Promise<void> => {
    const resource = resourceAt(uri);
    if (resource === null || !isThere(resource, await run.host()))
      throw new ProtocolError(RPC.invalidParams, "Resource not found", { uri });
    if (held.size >= MOST_WATCHED)
      throw new ProtocolError(RPC.invalidParams, "Too many resources are watched", { limit: MOST_WATCHED });
    const letGo = await watch.hold(uri);
    if (isOver || held.has(uri)) letGo();
    else held.set(uri, letGo);
    if (!isOver) stop = watch.on(tell);
  };
  server.setRequestHandler("resources/subscribe", async ({ params: { uri } }) => {
    await hold(uri).catch((error: unknown) => {
      if (error instanceof ProtocolError) throw error;
      // Its words are ours, and stay in the log.
      const stack = error instanceof Error ? error.stack : String(error);
      run.logger.error("A resource cannot be watched", { uri, stack });
      throw new ProtocolError(RPC.internalError, "The resource cannot be watched", { uri });
    });
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
