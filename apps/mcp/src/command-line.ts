import { parseArgs } from "node:util";
import type { ServeHttpOptions, ServeMcpOptions } from "@orch/engine/serve-mcp";
import packageJson from "../package.json" with { type: "json" };

/** What the arguments ask for. */
export type Command =
  | { readonly type: "help" }
  | { readonly type: "version"; readonly version: string }
  | { readonly type: "wrong"; readonly message: string }
  | { readonly type: "serve"; readonly options: ServeMcpOptions };

export const HELP = `Usage: orch-mcp [options]

Serves the orchestration engine to an MCP client over standard input and output, or to many over HTTP.

  --base-dir <dir>        base of all data (default: ORCH_DIR, else the current directory)
  --config <file>         configuration file
  --policy-level <level>  what the client may do: read, run, author or full (default: read)
  --policy <file>         policy file (default: orch/mcp-policy.json in your configuration folder)
  --http                  listen for clients instead; they need the token that standard error names a file for
  --port <n>              where to listen (default: 7410; 0: a free one)
  --host <address>        on which address of this machine (default: 127.0.0.1 and ::1)
  --allow-remote          let --host be an address that other machines reach
  --token-file <file>     tokens, one a line (default: ORCH_MCP_TOKEN, else a file made in your configuration folder)
  --version               the version
  --help                  this text
`;

const OPTIONS = {
  "base-dir": { type: "string" },
  config: { type: "string" },
  "policy-level": { type: "string" },
  policy: { type: "string" },
  http: { type: "boolean" },
  port: { type: "string" },
  host: { type: "string" },
  "allow-remote": { type: "boolean" },
  "token-file": { type: "string" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the arguments; what is wrong with them is a command, too. */
export function commandOf(args: readonly string[]): Command {
  try {
    const values = parsedOptions(args);
    if (values.help) return { type: "help" };
    if (values.version) return { type: "version", version: packageJson.version };
    return {
      type: "serve",
      options: {
        baseDir: values["base-dir"],
        configFile: values.config,
        policyLevel: values["policy-level"],
        policyFile: values.policy,
        http: httpOf(values),
        version: packageJson.version,
      },
    };
  } catch (error) {
    return { type: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

const OF_HTTP = ["port", "host", "allow-remote", "token-file"] as const;

/** Throws for what says how to listen where nobody said to. */
function httpOf(values: ReturnType<typeof parsedOptions>): ServeHttpOptions | undefined {
  const stray = OF_HTTP.find((name) => values[name] !== undefined);
  if (!values.http && stray !== undefined) throw new Error(`--${stray} goes with --http`);
  if (!values.http) return undefined;
  const { port, host, "allow-remote": allowRemote, "token-file": tokenFile } = values;
  return { port: port === undefined ? port : Number(port), host, allowRemote, tokenFile };
}

const parsedOptions = (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS }).values;
