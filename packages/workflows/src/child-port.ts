import type { IdGenerator } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import type { ChildPort, NewExecution } from "./children.ts";
import { type CompiledWorkflow, resourcesOf } from "./compiled-workflow.ts";
import type { ExecutionRecord } from "./execution-record.ts";
import { startRecord, unresolvedAtStart } from "./execution-start.ts";
import { liveExecution, type StepDemand } from "./live-execution.ts";
import { loadForTakeOver } from "./load-execution.ts";
import type { StoredDefinitions } from "./stored-definition.ts";
import { newRun } from "./stored-run.ts";
import { loadToUndo } from "./undo-child.ts";
import { writtenForm } from "./workflow-library.ts";

/** What it takes to make executions inside of others. */
export interface ChildPortInit {
  readonly runtime: TaskRuntime;
  readonly newId: IdGenerator;
  /** The checked definition of a name. Throws WORKFLOW_NOT_FOUND, WORKFLOW_DEFINITION_INVALID. */
  readonly find: (name: string) => CompiledWorkflow;
  readonly definitions: StoredDefinitions;
}

/** Makes executions for steps that run other workflows: from what is known by name now, and from what is stored. */
export function childPort({
  runtime,
  newId,
  find,
  definitions,
}: ChildPortInit): Pick<ChildPort, "make" | "load" | "loadToUndo"> {
  const { instance } = runtime;
  return {
    make: ({ workflow, parameters, detached }, { id, record }, { step, item }, at): NewExecution => {
      const compiled = find(workflow);
      const options = record.session_id === null ? {} : { sessionId: record.session_id };
      const started = startRecord(compiled, parameters, options, {
        owner: instance.id,
        at,
        maxParallel: record.options.max_parallel,
        cache: record.options.cache,
        inside: { id, step: detached ? null : step, item, depth: record.depth },
      });
      const childId = newId();
      const failure = unresolvedAtStart(compiled, started.parameters);
      return {
        execution: liveExecution({
          id: childId,
          record: started,
          run: newRun(childId, started, compiled),
          demands: demandsOf(compiled, started, runtime),
        }),
        definition: writtenForm(compiled),
        refusal: failure && { failure, status: "failed" },
      };
    },
    load: (id, record, staysParked, turn) => {
      const compiled = definitions.read(id, turn.store);
      const demands = demandsOf(compiled, record, runtime);
      return loadForTakeOver(id, record, { compiled, demands, staysParked }, turn);
    },
    loadToUndo: (id, parent, turn) => loadToUndo(id, parent, { runtime, definitions, demandsOf }, turn),
  };
}

/** What each step asks of the ledger, with a place in the session. Throws INVALID_PARAMETERS for resources that make no sense. */
export const demandsOf = (
  compiled: CompiledWorkflow,
  { session_id }: Pick<ExecutionRecord, "session_id">,
  runtime: TaskRuntime,
): StepDemand[] => compiled.steps.map((_, node) => runtime.demandOf(resourcesOf(compiled, node), session_id));
