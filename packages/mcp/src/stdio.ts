import process from "node:process";
import { type HostSource, type ServedOptions, servedTools } from "./served-tools.ts";
import { type StdioServer, type StdioStreams, serveStreams } from "./stdio-server.ts";

export type { HostSource, ServedOptions } from "./served-tools.ts";
export type { StdioServer, StdioStreams } from "./stdio-server.ts";

/** Options of {@link startStdioServer}. */
export interface StdioServerOptions extends ServedOptions, Partial<StdioStreams> {}

/**
 * Serves the tools over a host to one MCP client, on standard input and output or other streams, in both eras of the
 * protocol. What callers may do is up to the policy: without one they may only look. Nothing else may write to the output.
 */
export function startStdioServer(host: HostSource, options: StdioServerOptions = {}): StdioServer {
  const { input = process.stdin, output = process.stdout, ...rest } = options;
  return serveStreams(servedTools(host, rest), { input, output });
}
