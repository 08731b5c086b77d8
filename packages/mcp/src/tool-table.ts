import type { Tool } from "./tool.ts";
import { allocateResources } from "./tools/allocate-resources.ts";
import { approveStep } from "./tools/approve-step.ts";
import { cancelExecution } from "./tools/cancel-execution.ts";
import { createComplexWorkflow } from "./tools/create-complex-workflow.ts";
import { createProject } from "./tools/create-project.ts";
import { createWorkflow } from "./tools/create-workflow.ts";
import { executeTask } from "./tools/execute-task.ts";
import { executeWorkflow } from "./tools/execute-workflow.ts";
import { explainWait } from "./tools/explain-wait.ts";
import { getExecution } from "./tools/get-execution.ts";
import { getHealthStatus } from "./tools/get-health-status.ts";
import { getSystemStatus } from "./tools/get-system-status.ts";
import { getWorkflow } from "./tools/get-workflow.ts";
import { listExecutions } from "./tools/list-executions.ts";
import { listModules } from "./tools/list-modules.ts";
import { listProjects } from "./tools/list-projects.ts";
import { listTemplates } from "./tools/list-templates.ts";
import { listWorkflows } from "./tools/list-workflows.ts";
import { manageProject } from "./tools/manage-project.ts";
import { releaseResources } from "./tools/release-resources.ts";
import { resumeExecution } from "./tools/resume-execution.ts";
import { validateWorkflow } from "./tools/validate-workflow.ts";

/** The tools of the specification. */
export const CORE_TOOLS: readonly Tool[] = [
  executeWorkflow,
  createWorkflow,
  listWorkflows,
  createProject,
  listProjects,
  executeTask,
  getSystemStatus,
  getHealthStatus,
  allocateResources,
  createComplexWorkflow,
  manageProject,
];

/** What an agent needs beside them: to watch, to go on, to look before it acts. */
export const FOLLOW_UP_TOOLS: readonly Tool[] = [
  getExecution,
  listExecutions,
  cancelExecution,
  resumeExecution,
  explainWait,
  listModules,
  listTemplates,
  validateWorkflow,
  getWorkflow,
  releaseResources,
  approveStep,
];

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [...CORE_TOOLS, ...FOLLOW_UP_TOOLS];
