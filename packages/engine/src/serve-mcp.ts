import { takeStandardOutput } from "./protocol-streams.ts";

/** How an operator has the MCP server listen. */
export interface ServeHttpOptions {
  /** 0: one that is free. @default 7410 */
  readonly port?: number | undefined;
  /** An address of this machine. @default 127.0.0.1 and ::1 */
  readonly host?: string | undefined;
  /** Whether `host` may be an address that other machines reach. @default false */
  readonly allowRemote?: boolean | undefined;
  /** A file with a token in each line. @default ORCH_MCP_TOKEN, else one that is made in the user's configuration folder */
  readonly tokenFile?: string | undefined;
}

/** What an operator says to the MCP server; none of it can be said by a caller. */
export interface ServeMcpOptions {
  /** Base of all data. @default ORCH_DIR, else the current directory */
  readonly baseDir?: string | undefined;
  readonly configFile?: string | undefined;
  /** `read`, `run`, `author` or `full`; wins over the file. @default that of the policy file, else read */
  readonly policyLevel?: string | undefined;
  /** @default `orch/mcp-policy.json` in the user's own configuration folder, where there is one */
  readonly policyFile?: string | undefined;
  /** Serves many clients by HTTP instead of one on standard input and output. */
  readonly http?: ServeHttpOptions | undefined;
  /** What the server says that it is. */
  readonly version: string;
}

/**
 * Serves the engine to one MCP client on standard input and output, until either ends or a signal comes, and resolves with
 * the exit code of the process: 0 at the end of the input, 2 for a wrong configuration or policy, 130 and 143 after
 * SIGINT and SIGTERM. Standard output carries the protocol alone; what else is printed, and the log as lines of JSON, goes
 * to standard error. The engine is opened by the first call that needs it. With `http` it listens instead, until a signal
 * comes; a line on standard error says where, and where the token lies.
 */
export async function serveMcp(options: ServeMcpOptions): Promise<number> {
  using streams = takeStandardOutput(process);
  const { runMcpService } = await import("./mcp-service.ts");
  return runMcpService(options, streams);
}
