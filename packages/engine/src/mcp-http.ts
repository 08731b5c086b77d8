import { type HostSource, type HttpServer, type HttpServerOptions, startHttpServer } from "@orch/mcp/http";
import type { ServeHttpOptions } from "./serve-mcp.ts";
import { readTokens } from "./token-file.ts";

/** What a server by HTTP is started with. */
export interface McpHttpInit {
  readonly http: ServeHttpOptions;
  readonly served: Omit<HttpServerOptions, "tokens"> & { readonly baseDir: string };
  /** Of the user. */
  readonly configDir: string;
  /** Told where clients find the server, and where the token lies: never the token. */
  readonly announce: (facts: { readonly url: string; readonly token: string }) => void;
}

const VARIABLE = "ORCH_MCP_TOKEN";

/** Serves by HTTP. Rejects with CONFIG_INVALID where it cannot, or must not. */
export async function startMcpHttp(
  host: HostSource,
  { http: { tokenFile, ...place }, served, configDir, announce }: McpHttpInit,
): Promise<HttpServer> {
  const token = process.env[VARIABLE];
  // What is started from here has no use for it.
  delete process.env[VARIABLE];
  const { tokens, file } = readTokens({ tokenFile, token, baseDir: served.baseDir, configDir });
  const server = await startHttpServer(host, { ...served, ...place, tokens });
  announce({ url: server.url, token: file ?? VARIABLE });
  return server;
}
