import packageJson from "../../package.json" with { type: "json" };
import type { GlobalOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch mcp` takes. */
export interface McpOptions extends GlobalOptions {
  readonly policyLevel?: string;
  readonly policy?: string;
}

/** Serves the engine to an agent; standard output is the protocol's alone, whatever is said of JSON or quiet. */
export async function serveAgent(
  { baseDir, config, policyLevel, policy }: McpOptions,
  _: Terminal,
): Promise<number> {
  const { serveMcp } = await import("@orch/engine/serve-mcp");
  const { version } = packageJson;
  return serveMcp({ baseDir, configFile: config, policyLevel, policyFile: policy, version });
}
