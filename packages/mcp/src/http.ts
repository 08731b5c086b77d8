import { type HttpPlace, type HttpServer, listenForClients } from "./http/http-server.ts";
import { policyOf } from "./policy.ts";
import { type HostSource, type ServedOptions, servedTools } from "./served-tools.ts";

export type { HttpPlace, HttpServer } from "./http/http-server.ts";
export type { HostSource, ServedOptions } from "./served-tools.ts";

/** Options of {@link startHttpServer}. */
export interface HttpServerOptions extends ServedOptions, HttpPlace {}

/**
 * Serves the tools over a host to MCP clients by HTTP, at `/mcp`, in both eras of the protocol. Who comes must have a token,
 * on this machine, too, and is known to policy and audit log by it. Requests from pages of strangers, to other paths, in
 * other forms, too large or too many are refused before anything is done. Rejects with CONFIG_INVALID where it cannot
 * listen, for an unusable token, and for an address that others reach without `allowRemote`.
 */
export function startHttpServer(host: HostSource, options: HttpServerOptions): Promise<HttpServer> {
  const policy = options.policy ?? policyOf("read");
  return listenForClients(servedTools(host, { ...options, policy }), policy.limits, options);
}
