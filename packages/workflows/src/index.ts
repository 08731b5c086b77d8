export type { AnswerOptions } from "./answer.ts";
export { type CheckContext, checkWorkflow } from "./check-workflow.ts";
export { type CompiledWorkflow, type DraftWorkflow, dependenciesOf } from "./compiled-workflow.ts";
export type { Condition, ConditionScope } from "./condition.ts";
export { type ControlDescription, describeControls } from "./control-description.ts";
export { CONTROL_MODULES, type ControlKind, type ControlRequest, controlOf } from "./control-step.ts";
export {
  type BuilderOptions,
  type BuilderScope,
  type BuilderStepOptions,
  defineWorkflow,
  type ItemScope,
  WorkflowBuilder,
} from "./define-workflow.ts";
export {
  definitionOrThrow,
  type LoadedDefinition,
  readDefinitionFile,
  readDefinitionText,
} from "./definition-files.ts";
export type { DefinitionProblem, ProblemCode } from "./definition-problem.ts";
export { definitionSchema } from "./definition-schema.ts";
export { type Envelope, errorEnvelope, executionEnvelope } from "./envelope.ts";
export {
  executionNotFound,
  UnresolvedReferenceError,
  WorkflowDefinitionError,
  WorkflowExecutionError,
  WorkflowNotFoundError,
  WorkflowTimeoutError,
} from "./errors.ts";
export type { EventOptions } from "./event-reader.ts";
export type { StepProgress, WorkflowCreated, WorkflowEvent } from "./events.ts";
export { type GetExecutionOptions, WorkflowExecution } from "./execution.ts";
export type { WaitForExecutionOptions } from "./execution-control.ts";
export type { ItemResult, ListItemsOptions } from "./execution-items.ts";
export type { ListExecutionsOptions } from "./execution-list.ts";
export { type OutlineSource, outlineExecution } from "./execution-outline.ts";
export { ExecutionReader } from "./execution-reader.ts";
export {
  type ExecutionEntry,
  type ExecutionRecord,
  type Parked,
  WorkflowStatus,
} from "./execution-record.ts";
export type { ExecutionRetention } from "./execution-retention.ts";
export type { RunOptions } from "./execution-start.ts";
export { FailureMode } from "./failure-mode.ts";
export type { FollowOptions } from "./follow-pages.ts";
export type { GoesFirst } from "./goes-first.ts";
export { ItemFailure } from "./item-failure.ts";
export { LOG_LEVELS, type LogLevel, type LogLine } from "./log-line.ts";
export type { LogOptions } from "./log-reader.ts";
export type { OpenQuestion } from "./open-question.ts";
export { type OutlineStep, outlineWorkflow, type WorkflowOutline } from "./outline.ts";
export { outlineDiagram, outlineDict } from "./outline-diagram.ts";
export type { ParallelWorkflow } from "./parallel-workflow.ts";
export {
  declaredParameters,
  type ParameterDeclaration,
  type ParameterDeclarations,
  type ParametersSchema,
} from "./parameter-declaration.ts";
export type { ParameterUse } from "./parameter-use.ts";
export { type BoundParameters, bindParameters, undeclaredParameters } from "./parameters.ts";
export type { Durations } from "./percentile.ts";
export { PerformanceMonitor } from "./performance-monitor.ts";
export type { PerformanceSummary, PerformanceTrend, PerformanceUsage } from "./performance-summary.ts";
export type { Recovered } from "./recovery.ts";
export type { DeepReference, Given, Reference } from "./reference-proxy.ts";
export type { ResumeOptions } from "./resume.ts";
export type { PlannedStep } from "./resume-plan.ts";
export type { StepResult } from "./step-result.ts";
export { StepRetry } from "./step-retry.ts";
export { StepUndo } from "./step-undo.ts";
export type { Standing } from "./take-over.ts";
export { unknownKeys } from "./unknown-keys.ts";
export type { StepCause } from "./why.ts";
export { Workflow } from "./workflow.ts";
export { type CreateOptions, type StepInput, WorkflowDefinitions } from "./workflow-definitions.ts";
export type { LoadProblem } from "./workflow-library.ts";
export { WorkflowManager } from "./workflow-manager.ts";
export type { WorkflowManagerOptions } from "./workflow-manager-options.ts";
export { WorkflowStep, type WorkflowStepInit } from "./workflow-step.ts";
export type { WorkflowSummary } from "./workflow-summary.ts";
