import type { JsonObject } from "@orch/core";
import { describeSchema } from "@orch/tasks";
import { CONTROL_KINDS, type ControlKind, controlSchema } from "./control-step.ts";

/** What is known of a step that the run performs itself, as plain data. */
export interface ControlDescription {
  readonly module: string;
  readonly action: string;
  readonly description: string;
  /** JSON Schema of its parameters. */
  readonly input: JsonObject | null;
}

const DESCRIPTIONS: Readonly<Record<ControlKind, string>> = {
  "workflow.run":
    "Runs another workflow and gives its outputs; detached: ends when that has begun, and gives its id.",
  "human.approval": "Waits until somebody says yes; a no fails the step.",
  "human.input": "Waits for an answer of somebody, and gives it.",
  "wait.sleep": "Waits for so many seconds, holding nothing.",
  "wait.until": "Waits until an instant (ISO-8601), holding nothing.",
  "wait.answer": "Waits for an answer of another program, and gives it.",
};

/** The actions of a module of control steps, such as `human`; none for another module. */
export const describeControls = (module: string): ControlDescription[] =>
  CONTROL_KINDS.filter((kind) => kind.startsWith(`${module}.`)).map((kind) => ({
    module,
    action: kind.slice(module.length + 1),
    description: DESCRIPTIONS[kind],
    input: describeSchema(controlSchema(kind), "input"),
  }));
