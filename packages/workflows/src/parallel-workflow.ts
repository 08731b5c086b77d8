import { invalid, type JsonObject } from "@orch/core";
import { getWorkflowExecutionOrder, validateWorkflowDependencies } from "@orch/dag";
import { ParallelExecutor, ParallelTask, type ParallelTaskInit, type TaskRuntime } from "@orch/tasks";
import { z } from "zod";

/** Tasks that are run together, without a definition and without records. */
export interface ParallelWorkflow {
  readonly tasks: readonly ParallelTaskInit[];
  /** What each task waits for, by name, beside what it says itself. @default {} */
  readonly dependencies?: Readonly<Record<string, readonly string[]>>;
  /** Tasks at once, a whole number from 1. @default 4 */
  readonly max_parallel?: number;
  /** Seconds for all of them, above 0. @default 300 */
  readonly timeout?: number;
}

const workflowSchema = z.object({
  tasks: z.array(z.custom<ParallelTaskInit>()),
  dependencies: z.record(z.string(), z.array(z.string())).default(() => ({})),
  max_parallel: z.int("must be a whole number").min(1, "must be at least 1").default(4),
  timeout: z.number().positive("must be above 0").default(300),
});

/**
 * Runs tasks and what depends on them to their end and says how each ended: `status` is `completed` when all have,
 * `partial_failure` when some have, `failed` when none has. A graph that makes no sense runs nothing: `status` is `failed`,
 * with all `validation_errors`. Throws INVALID_PARAMETERS for what is no such workflow.
 */
export async function runParallelWorkflow(
  workflow: ParallelWorkflow,
  { modules, clock, logger }: Pick<TaskRuntime, "modules" | "clock" | "logger">,
): Promise<JsonObject> {
  const checked = workflowSchema.safeParse(workflow, { reportInput: true });
  if (!checked.success) throw invalid("parallel workflow", checked.error);
  const { dependencies, max_parallel: maxWorkers, timeout } = checked.data;
  const tasks = checked.data.tasks.map((task) => ParallelTask.from(task));
  const names = new Set(tasks.map(({ name }) => name));
  const graph = tasks.map(({ name, dependencies: own }) => ({
    name,
    dependencies: [
      ...new Set([...own, ...(Object.hasOwn(dependencies, name) ? (dependencies[name] ?? []) : [])]),
    ],
  }));
  const unknown = Object.keys(dependencies).filter((name) => !names.has(name));
  const errors = [
    ...validateWorkflowDependencies(graph),
    ...unknown.map((name) => `Dependencies are given for '${name}', which is no task`),
  ];
  if (errors.length > 0) return { status: "failed", error: "Validation failed", validation_errors: errors };
  await using executor = new ParallelExecutor({
    maxWorkers,
    modules,
    clock,
    logger,
    timeoutMs: timeout * 1000,
  });
  const began = clock.monotonic();
  const results = Object.values(await executor.executeTasks(tasks, dependencies));
  const completed = results.filter(({ status }) => status === "completed").length;
  return {
    status: completed === results.length ? "completed" : completed > 0 ? "partial_failure" : "failed",
    total_tasks: results.length,
    completed_tasks: completed,
    failed_tasks: results.length - completed,
    task_results: Object.fromEntries(results.map((result) => [result.taskName, result.toDict()])),
    execution_order: getWorkflowExecutionOrder(graph),
    total_duration: (clock.monotonic() - began) / 1000,
  };
}
