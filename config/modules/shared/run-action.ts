import { findLossy, type JsonObject, noopLogger } from "@orch/core";
import type { ActionContext, ModuleDefinition } from "@orch/tasks";

/** A context for tests, as a step of a run would get it. */
export function aContext(over: Partial<ActionContext> = {}): ActionContext {
  return {
    signal: new AbortController().signal,
    attempt: 1,
    taskId: "task-1",
    idempotencyKey: "key-1",
    deadline: null,
    parameters: {},
    results: {},
    session: null,
    history: [],
    logger: noopLogger,
    progress: () => undefined,
    ...over,
  };
}

/** Runs an action as a runner does: input and output parsed, the output lossless JSON. For tests. */
export async function runAction(
  module: ModuleDefinition,
  name: string,
  input: JsonObject,
  over: Partial<ActionContext> = {},
): Promise<unknown> {
  const definition = module.actions[name];
  if (!definition) throw new Error(`${module.name} has no action ${name}`);
  const output: unknown = await definition.run(definition.input.parse(input), aContext(over));
  const parsed = definition.output ? definition.output.parse(output) : output;
  const lossy = findLossy(parsed);
  if (lossy) throw new Error(`not JSON at ${lossy.path}: ${lossy.reason}`);
  return parsed;
}
