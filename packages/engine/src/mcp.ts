import type { JsonObject } from "@orch/core";
import { type McpResult, type McpToolDefinition, OrchestrationMCPTools } from "@orch/mcp";
import { getOrchestrationEngine } from "./defaults.ts";
import type { OrchestrationEngine } from "./engine.ts";

const made = new WeakMap<OrchestrationEngine, OrchestrationMCPTools>();

/** The tools of the default engine, the same object each time. */
export function getMcpTools(): OrchestrationMCPTools {
  const engine = getOrchestrationEngine();
  const tools = made.get(engine) ?? new OrchestrationMCPTools(engine);
  made.set(engine, tools);
  return tools;
}

/** What is told of the tools of the default engine, by name: description and JSON Schema of the arguments. */
export const getMcpToolDefinitions = (): Record<string, McpToolDefinition> =>
  getMcpTools().getToolDefinitions();

/** Calls a tool of the default engine. Never rejects: what goes wrong is in the result. */
export const executeMcpTool = (toolName: string, args: JsonObject = {}): Promise<McpResult> =>
  getMcpTools().executeTool(toolName, args);
