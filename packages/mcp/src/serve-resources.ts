import { type McpServer, ProtocolError, ResourceTemplate } from "@modelcontextprotocol/server";
import { toErrorResponse } from "@orch/core";
import { RPC } from "./json-rpc.ts";
import { beginningWith } from "./known-names.ts";
import { guarded } from "./protocol-fault.ts";
import { RESOURCES, type ResourceSpec } from "./resource-table.ts";
import type { Served } from "./served-tools.ts";

/** Runs and states change at any time, and are nobody else's business. */
const NOW = { ttlMs: 0, cacheScope: "private" } as const;

/** Registers all that can be read. */
export function serveResources(mcp: McpServer, served: Served): void {
  for (const resource of RESOURCES) {
    const { name, title, description, mimeType, uri } = resource;
    const about = { title, description, mimeType, cacheHint: NOW };
    const read = (at: URL, variables: Readonly<Record<string, string | readonly string[]>> = {}) =>
      contentsOf(resource, at, variables, served);
    if (!uri.includes("{")) mcp.registerResource(name, uri, about, (at) => read(at));
    else
      mcp.registerResource(name, templateOf(resource, served), about, (at, variables) => read(at, variables));
  }
}

const templateOf = ({ uri, completes }: ResourceSpec, { run }: Served): ResourceTemplate =>
  new ResourceTemplate(uri, {
    // What there is is told by the lists that are resources themselves.
    list: undefined,
    complete: Object.fromEntries(
      Object.entries(completes).map(([variable, names]) => [
        variable,
        guarded(async (word: string) => beginningWith(word, names(await run.host())), run),
      ]),
    ),
  });

async function contentsOf(
  { read, mimeType }: ResourceSpec,
  at: URL,
  variables: Readonly<Record<string, string | readonly string[]>>,
  { run }: Served,
) {
  try {
    const found = read(await run.host(), decoded(variables));
    const text = typeof found === "string" ? found : JSON.stringify(found);
    return { contents: [{ uri: at.href, mimeType, text }] };
  } catch (error) {
    throw refused(error, at, run);
  }
}

/** Names as they are, not as they stand in an address. Throws for what is no text. */
const decoded = (variables: Readonly<Record<string, string | readonly string[]>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [key, decodeURIComponent(String(value))]),
  );

/** What is not there is the caller's mistake; all else is ours, and its words stay in the log. */
function refused(error: unknown, { href: uri }: URL, { logger }: Served["run"]): ProtocolError {
  const { error_code } = toErrorResponse(error);
  if (error instanceof URIError || /_NOT_FOUND$|^INVALID_PARAMETERS$|_INVALID$/.test(error_code))
    return new ProtocolError(RPC.invalidParams, "Resource not found", { uri });
  logger.error("A resource cannot be read", {
    uri,
    stack: error instanceof Error ? error.stack : String(error),
  });
  return new ProtocolError(RPC.internalError, "The resource cannot be read", { uri });
}
