import { type CompiledWorkflow, definitionOrThrow, type EngineEvent, readDefinitionText } from "@orch/engine";
import { RunView } from "../src/progress/run-view.ts";

/** Names of steps and what each depends on. */
export type Shape = Readonly<Record<string, readonly string[]>>;

/** A checked workflow with steps of this shape. */
export function aWorkflow(shape: Shape, name = "shaped"): CompiledWorkflow {
  const steps = Object.entries(shape).map(([step, dependencies]) => {
    return { name: step, module: "m", action: "a", dependencies };
  });
  return definitionOrThrow(readDefinitionText(JSON.stringify({ name, steps }), `${name}.json`));
}

/** A view of a run of this shape that has begun at time 1,000. */
export function aView(shape: Shape): RunView {
  const view = new RunView(aWorkflow(shape));
  view.executionId = "run-1";
  view.apply(anEvent("workflow_started", "", { at: 1000 }));
  return view;
}

/** An event of the run of {@link aView}. */
export const anEvent = (type: EngineEvent["type"], step_name: string, facts: object = {}): EngineEvent =>
  ({
    type,
    execution_id: "run-1",
    workflow_name: "shaped",
    sequence: 1,
    at: 1000,
    step_name,
    ...facts,
  }) as EngineEvent;
