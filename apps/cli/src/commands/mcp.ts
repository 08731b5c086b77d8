import { InvalidParametersError } from "@orch/core";
import packageJson from "../../package.json" with { type: "json" };
import type { GlobalOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch mcp` takes. */
export interface McpOptions extends GlobalOptions {
  readonly policyLevel?: string;
  readonly policy?: string;
  readonly http?: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly allowRemote?: boolean;
  readonly tokenFile?: string;
}

/** Serves the engine to agents; standard output is the protocol's alone, whatever is said of JSON or quiet. */
export async function serveAgent(
  { baseDir, config, policyLevel, policy, http = false, ...place }: McpOptions,
  _: Terminal,
): Promise<number> {
  const { port, host, allowRemote, tokenFile } = place;
  const listens = { port, host, allowRemote, tokenFile };
  if (!http && Object.values(listens).some((value) => value !== undefined))
    throw new InvalidParametersError("--port, --host, --allow-remote and --token-file go with --http");
  const { serveMcp } = await import("@orch/engine/serve-mcp");
  const { version } = packageJson;
  return serveMcp({
    baseDir,
    configFile: config,
    policyLevel,
    policyFile: policy,
    http: http ? listens : undefined,
    version,
  });
}
