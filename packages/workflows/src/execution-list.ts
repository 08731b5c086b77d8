import { errorMessage } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { type ExecutionEntry, listExecutionRecords, type WorkflowStatus } from "./execution-record.ts";

/** Which executions are listed. */
export interface ListExecutionsOptions {
  readonly workflowName?: string | undefined;
  readonly status?: WorkflowStatus | undefined;
  /** At most this many. @default all */
  readonly limit?: number | undefined;
  /** Only those that began before this one: the last id of the page before. */
  readonly before?: string | undefined;
}

/** Records looked at together where only some of them are wanted. */
const PAGE = 500;

/**
 * Executions, newest first. O(records that are looked at): with a filter and a limit no more than are needed; of those that
 * run none that has ended.
 */
export function listedExecutions(
  { store, logger }: Pick<TaskRuntime, "store" | "logger">,
  { workflowName, status, limit = Number.POSITIVE_INFINITY, before }: ListExecutionsOptions,
): ExecutionEntry[] {
  const onCorrupt = (id: string, error: unknown) =>
    logger.error(`The record of execution '${id}' is damaged: ${errorMessage(error)}`, { execution_id: id });
  const isWanted = ({ record }: ExecutionEntry) =>
    (workflowName === undefined || record.workflow_name === workflowName) &&
    (status === undefined || record.status === status);
  const found: ExecutionEntry[] = [];
  const isFiltered = workflowName !== undefined || status !== undefined;
  const size = isFiltered || limit > PAGE ? PAGE : limit;
  const isActive = status === "running";
  for (let from = before; found.length < limit; ) {
    const page = listExecutionRecords(store, onCorrupt, { limit: size, before: from, isActive });
    found.push(...page.entries.filter(isWanted));
    if (page.last === null) break;
    from = page.last;
  }
  return found.slice(0, limit);
}
