import type { CallToolResult } from "@modelcontextprotocol/server";
import type { JsonObject } from "@orch/core";
import { executionIdOf, type McpResult } from "./mcp-result.ts";

const MIME = "application/json";

/** A result as content: structured, the same as text, and links to the run that it is about and to what it left out. */
export function callResult(result: McpResult): CallToolResult {
  const text = JSON.stringify(result);
  const id = executionIdOf(result);
  const uri = result.data?.["resource"];
  const links = [
    ...(id === null ? [] : [{ uri: `orch://executions/${id}`, name: id }]),
    ...(typeof uri === "string" ? [{ uri, name: uri }] : []),
  ];
  return {
    content: [
      { type: "text", text },
      ...links.map((link) => ({ type: "resource_link" as const, ...link, mimeType: MIME })),
    ],
    structuredContent: JSON.parse(text) as JsonObject,
    isError: !result.success,
  };
}
