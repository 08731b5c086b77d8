import { parseArgs } from "node:util";
import type { ServeMcpOptions } from "@orch/engine/serve-mcp";
import packageJson from "../package.json" with { type: "json" };

/** What the arguments ask for. */
export type Command =
  | { readonly type: "help" }
  | { readonly type: "version"; readonly version: string }
  | { readonly type: "wrong"; readonly message: string }
  | { readonly type: "serve"; readonly options: ServeMcpOptions };

export const HELP = `Usage: orch-mcp [options]

Serves the orchestration engine to an MCP client over standard input and output.

  --base-dir <dir>        base of all data (default: ORCH_DIR, else the current directory)
  --config <file>         configuration file
  --policy-level <level>  what the client may do: read, run, author or full (default: read)
  --policy <file>         policy file (default: orch/mcp-policy.json in your configuration folder)
  --version               the version
  --help                  this text
`;

const OPTIONS = {
  "base-dir": { type: "string" },
  config: { type: "string" },
  "policy-level": { type: "string" },
  policy: { type: "string" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the arguments; what is wrong with them is a command, too. */
export function commandOf(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return { type: "help" };
    if (values.version) return { type: "version", version: packageJson.version };
    return {
      type: "serve",
      options: {
        baseDir: values["base-dir"],
        configFile: values.config,
        policyLevel: values["policy-level"],
        policyFile: values.policy,
        version: packageJson.version,
      },
    };
  } catch (error) {
    return { type: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}
