import { takeStandardOutput } from "./protocol-streams.ts";

/** What an operator says to the MCP server; none of it can be said by a caller. */
export interface ServeMcpOptions {
  /** Base of all data. @default ORCH_DIR, else the current directory */
  readonly baseDir?: string | undefined;
  readonly configFile?: string | undefined;
  /** `read`, `run`, `author` or `full`; wins over the file. @default that of the policy file, else read */
  readonly policyLevel?: string | undefined;
  /** @default `orch/mcp-policy.json` in the user's own configuration folder, where there is one */
  readonly policyFile?: string | undefined;
  /** What the server says that it is. */
  readonly version: string;
}

/**
 * Serves the engine to one MCP client on standard input and output, until either ends or a signal comes, and resolves with
 * the exit code of the process: 0 at the end of the input, 2 for a wrong configuration or policy, 130 and 143 after
 * SIGINT and SIGTERM. Standard output carries the protocol alone; what else is printed, and the log as lines of JSON, goes
 * to standard error. The engine is opened by the first call that needs it.
 */
export async function serveMcp(options: ServeMcpOptions): Promise<number> {
  using streams = takeStandardOutput(process);
  const { runMcpService } = await import("./mcp-service.ts");
  return runMcpService(options, streams);
}
