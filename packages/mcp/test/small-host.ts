import {
  type JsonObject,
  type JsonValue,
  newId,
  newRandomId,
  OrchestrationError,
  toErrorResponse,
} from "@orch/core";
import { ProjectManager } from "@orch/projects";
import { ResourceManager } from "@orch/resources";
import { defaultModuleRegistry, ModuleRegistry, Task, TaskOrchestrator } from "@orch/tasks";
import {
  checkWorkflow,
  definitionOrThrow,
  readDefinitionText,
  type WorkflowExecution,
  WorkflowManager,
} from "@orch/workflows";
import type {
  DecisionRegister,
  HandleRegister,
  OrchestrationApi,
  RunHandle,
  RunOutcome,
  RunRegister,
} from "../src/orchestration-api.ts";

/** The parts that the packages below give, in memory, joined by as little as the tools need. */
export function smallHost(
  baseDir: string,
): OrchestrationApi & AsyncDisposable & { readonly modules: ModuleRegistry } {
  const resourceManager = new ResourceManager({ baseDir });
  const modules = new ModuleRegistry({ parent: defaultModuleRegistry });
  const orchestrator = new TaskOrchestrator({ modules, resourceManager });
  orchestrator.startExecution();
  const workflowManager = new WorkflowManager({ runtime: orchestrator.runtime });
  const outcomeOf = (execution: WorkflowExecution): RunOutcome =>
    ({
      success: execution.success,
      result: execution.toDict(),
      results: execution.results,
      error: execution.success ? null : `Workflow execution failed: ${execution.errors.join("; ")}`,
      execution_id: execution.executionId,
      ...(execution.success
        ? {}
        : {
            error_type: "WorkflowExecutionError",
            error_code: execution.errorCode ?? "WORKFLOW_EXECUTION_FAILED",
          }),
    }) as RunOutcome;
  const failed = (error: unknown): RunOutcome & { results: Record<string, JsonObject> } => ({
    ...toErrorResponse(error),
    results: {},
  });
  const host: OrchestrationApi = {
    config: { baseDir },
    workflowManager,
    resourceManager,
    modules,
    events: workflowManager.events as OrchestrationApi["events"],
    projectManager: new ProjectManager({ baseDir, workflowManager }),
    runs: smallRegister(),
    handles: smallHandles(),
    decisions: smallDecisions(),
    executeWorkflow: (name, parameters, { priority: _, ...options } = {}) =>
      workflowManager.executeWorkflow(name, parameters, options).then(outcomeOf, failed),
    async waitForWorkflow(id, options) {
      const execution = await workflowManager.waitForExecution(id, options);
      if (execution === null) throw new OrchestrationError("gone", { code: "EXECUTION_NOT_FOUND" });
      return outcomeOf(execution);
    },
    async waitForComplexWorkflow(id, options) {
      const execution = await workflowManager.waitForExecution(id, options);
      if (execution === null) throw new OrchestrationError("gone", { code: "EXECUTION_NOT_FOUND" });
      return { ...outcomeOf(execution), results: { ...execution.results } };
    },
    async executeTask(dict, { signal } = {}) {
      try {
        const task = Task.fromDict(dict);
        signal?.addEventListener("abort", () => orchestrator.cancelTask(task.id));
        const result = await orchestrator.executeTask(task);
        const { success, taskId: task_id, errorMessage: error, errorType, errorCode } = result;
        const why = success ? {} : { error_type: errorType ?? "", error_code: errorCode ?? "" };
        return { success, task_id, error, result: result.toDict(), ...why };
      } catch (error) {
        return { ...failed(error), task_id: null, result: null };
      }
    },
    async executeComplexWorkflow({ steps, dependencies = {} }, options = {}) {
      try {
        const waits = dependencies as Record<string, string[]>;
        const named = (steps as { name: string }[]).map((step) => ({
          ...step,
          dependencies: waits[step.name] ?? [],
        }));
        const written = JSON.stringify({ name: "together", steps: named });
        const compiled = definitionOrThrow(readDefinitionText(written, "together.json"));
        const execution = await workflowManager.executeWorkflow(compiled, {}, options);
        return { ...outcomeOf(execution), results: { ...execution.results } };
      } catch (error) {
        return failed(error);
      }
    },
    validateWorkflow(definition) {
      const { compiled, draft, problems } = readDefinitionText(JSON.stringify(definition), "x.json");
      const warnings = draft === null ? [] : checkWorkflow(draft, { modules });
      return { valid: compiled !== null, problems, warnings, levels: null, diagram: null };
    },
    describeWorkflow: (name) => ({
      definition: workflowManager.findWorkflow(name).workflow.toDict(),
      levels: [],
      diagram: "graph TD",
    }),
    getSystemStatus: () => ({
      overall_status: "healthy",
      base_dir: baseDir,
      issues: [`${baseDir}/config/x.json: broken`],
    }),
    getMetrics: () => ({ uptime_seconds: 1 }),
    healthCheck: () => ({ overall_status: "healthy", issues: [] }),
  };
  return Object.assign(host, {
    modules,
    async [Symbol.asyncDispose]() {
      resourceManager.close();
      await orchestrator.close();
    },
  }) as never;
}

function smallRegister(): RunRegister {
  const callers = new Map<string, string>();
  const composed = new Set<string>();
  const authored = new Set<string>();
  const keys = new Map<string, { readonly id: string; readonly digest: string }>();
  return {
    callerOf: (id) => callers.get(id) ?? null,
    isComposed: (id) => composed.has(id),
    noteAuthor: async (workflow) => void authored.add(workflow),
    isAuthored: (workflow) => authored.has(workflow),
    async claim({ caller, key, digest, composed: isComposed = false }) {
      const earlier = key === null ? undefined : keys.get(`${caller} ${key}`);
      if (earlier && earlier.digest !== digest)
        throw new OrchestrationError("used", { code: "IDEMPOTENCY_CONFLICT" });
      if (earlier) return { executionId: earlier.id, isNew: false };
      const id = newId();
      callers.set(id, caller);
      if (isComposed) composed.add(id);
      if (key !== null) keys.set(`${caller} ${key}`, { id, digest });
      return { executionId: id, isNew: true };
    },
  };
}

function smallHandles(): HandleRegister {
  const handles = new Map<string, RunHandle>();
  const found = (id: string): RunHandle => {
    const handle = handles.get(id);
    if (!handle) throw new Error(id);
    return handle;
  };
  return {
    ttlMs: 3_600_000,
    async create(handle) {
      const id = newRandomId();
      handles.set(id, { ...handle, createdAt: 1, end: null });
      return id;
    },
    find: (id, caller) => (handles.get(id)?.caller === caller ? found(id) : null),
    async end(id, end) {
      const first = found(id).end ?? end;
      handles.set(id, { ...found(id), end: first });
      return first;
    },
  };
}

function smallDecisions(): DecisionRegister {
  const answers = new Map<string, { readonly answer: JsonValue; readonly at: number }>();
  return {
    async decide({ question, answer }) {
      if (!answers.has(question)) answers.set(question, { answer, at: 0 });
      return answers.get(question)?.answer ?? null;
    },
    find: (_, question) => answers.get(question) ?? null,
  };
}
