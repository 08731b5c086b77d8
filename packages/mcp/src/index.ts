export { type ActionGateInit, actionGate } from "./action-gate.ts";
export { AuditFile, type AuditTrail, type Decision, digestOf, verifyAudit } from "./audit.ts";
export { CallLimit } from "./call-limit.ts";
export { ToolNotFoundError } from "./errors.ts";
export type { FieldType, ObjectSchema } from "./json-schema.ts";
export type { McpErrorDetail, McpResult, ToolOutcome } from "./mcp-result.ts";
export type {
  ComplexOutcome,
  ComplexSteps,
  DecisionRegister,
  DefinitionReport,
  HandleEnd,
  HandleRegister,
  KeyedRequest,
  OrchestrationApi,
  RunHandle,
  RunOutcome,
  RunRegister,
  RunRequest,
  TaskOutcome,
  WorkflowReport,
} from "./orchestration-api.ts";
export {
  type McpTool,
  type McpToolDefinition,
  type McpToolsOptions,
  OrchestrationMCPTools,
} from "./orchestration-mcp-tools.ts";
export { type Policy, parseLevel, parsePolicy, policyOf } from "./policy.ts";
export { decide, decideStart, type StartAsk, type Verdict } from "./policy-decision.ts";
export { POLICY_LEVELS, PolicyLevel } from "./policy-level.ts";
export { runTool, type ToolRun } from "./run-tool.ts";
export type {
  BegunRun,
  EarlierRound,
  EndContext,
  PolicyAsk,
  Progress,
  Tool,
  ToolContext,
  ToolHints,
} from "./tool.ts";
export { CORE_TOOLS, FOLLOW_UP_TOOLS, TOOLS } from "./tool-table.ts";
