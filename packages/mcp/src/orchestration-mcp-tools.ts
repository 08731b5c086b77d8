import { type JsonObject, newId, noopLogger, systemClock, toIso } from "@orch/core";
import { errorDetail } from "./error-detail.ts";
import { toolNotFound, unavailable } from "./errors.ts";
import type { ObjectSchema } from "./json-schema.ts";
import { failureResult, type McpResult } from "./mcp-result.ts";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { runTool, type ToolRun } from "./run-tool.ts";
import type { Tool } from "./tool.ts";
import { CORE_TOOLS, FOLLOW_UP_TOOLS } from "./tool-table.ts";

/** What is told of a tool. */
export interface McpToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly input_schema: ObjectSchema;
}

/** A tool that can be called. */
export interface McpTool extends McpToolDefinition {
  /** Never rejects. */
  execute(args?: JsonObject): Promise<McpResult>;
}

/** Options of {@link OrchestrationMCPTools}. */
export interface McpToolsOptions {
  /** Says whether a call with checked arguments is allowed; a text says why not. @default all are */
  readonly policy?: (tool: string, args: JsonObject) => true | string;
  /** Whether the tools beside the 11 of the specification are there, too. @default false */
  readonly followUp?: boolean;
}

/** The tools over a host, for programs that speak to a model themselves. A server has its own policy and limits. */
export class OrchestrationMCPTools implements Iterable<McpTool> {
  readonly tools: readonly McpTool[];
  readonly #byName: ReadonlyMap<string, Tool>;
  readonly #run: ToolRun;

  /** Throws MCP_UNAVAILABLE without a host. */
  constructor(host: OrchestrationApi, { policy, followUp = false }: McpToolsOptions = {}) {
    if (typeof host !== "object" || host === null) throw unavailable("The tools are");
    const tools = followUp ? [...CORE_TOOLS, ...FOLLOW_UP_TOOLS] : CORE_TOOLS;
    this.#byName = new Map(tools.map((tool) => [tool.name, tool]));
    this.#run = {
      host: () => host,
      caller: "code",
      level: "full",
      decide: ({ name }, input) => {
        const said = policy?.(name, input) ?? true;
        if (said === true) return { allowed: true, rule: "policy" };
        return {
          allowed: false,
          rule: "policy",
          message: String(said),
          details: { tool: name },
          suggestions: [],
        };
      },
      audit: null,
      limit: null,
      budget: null,
      baseDir: host.config?.baseDir ?? "",
      clock: systemClock,
      newId,
      logger: noopLogger,
    };
    this.tools = tools.map((tool) => ({
      ...definitionOf(tool),
      execute: (args = {}) => this.executeTool(tool.name, args),
    }));
  }

  [Symbol.iterator](): Iterator<McpTool> {
    return this.tools[Symbol.iterator]();
  }

  /** What is told of the tools, by name. */
  getToolDefinitions(): Record<string, McpToolDefinition> {
    return Object.fromEntries([...this.#byName].map(([name, tool]) => [name, definitionOf(tool)]));
  }

  /** Calls a tool. Never rejects: what goes wrong is in the result, an unknown tool as TOOL_NOT_FOUND. */
  async executeTool(name: string, args: JsonObject = {}): Promise<McpResult> {
    const tool = this.#byName.get(name);
    if (tool !== undefined) return runTool(tool, args, this.#run);
    const { baseDir, clock } = this.#run;
    const error = errorDetail(toolNotFound(String(name), [...this.#byName.keys()]), baseDir, newId);
    return failureResult(error, { timestamp: toIso(clock.now()), tool_name: String(name).slice(0, 64) });
  }
}

const definitionOf = ({ name, description, inputSchema }: Tool): McpToolDefinition => ({
  name,
  description,
  input_schema: inputSchema,
});
