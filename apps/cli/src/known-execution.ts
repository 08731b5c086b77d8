import { OrchestrationError } from "@orch/core";
import {
  executionNotFound,
  nearestNames,
  type OrchestrationEngine,
  type WorkflowExecution,
} from "@orch/engine";

/** Executions that an unknown id is compared with. */
const RECENT = 20;

/** The execution of an id. Throws EXECUTION_NOT_FOUND, with those that were probably meant. */
export function findExecution(engine: OrchestrationEngine, id: string): WorkflowExecution {
  const found = engine.workflowManager.getExecution(id);
  if (found === null) throw notFound(engine, id);
  return found;
}

/** Throws EXECUTION_NOT_FOUND, with those that were probably meant, where there is none of this id. Reads no results. */
export function requireExecution(engine: OrchestrationEngine, id: string): void {
  if (engine.workflowManager.definitionOf(id) === null) throw notFound(engine, id);
}

/** The execution and the step that `<execution>/<step>` names; without a step all of them are meant. */
export function stepIn(what: string): readonly [id: string, step: string | undefined] {
  const [id = "", step] = what.split("/");
  return [id, step];
}

function notFound({ workflowManager, stateNote }: OrchestrationEngine, id: string) {
  const recent = workflowManager.listExecutions({ limit: RECENT }).map((each) => each.id);
  const error = executionNotFound(id, nearestNames(id, recent));
  if (stateNote === null) return error;
  const { message, code, details, suggestions } = error;
  return new OrchestrationError(message, {
    code,
    details,
    suggestions: [`${stateNote}.`, ...suggestions],
    retryable: false,
  });
}
