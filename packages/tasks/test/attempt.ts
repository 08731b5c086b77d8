import { join } from "node:path";
import { noopLogger } from "@orch/core";
import type { ActionContext } from "../src/module.ts";
import { loadModuleFile } from "../src/module-folder.ts";
import { ModuleRegistry } from "../src/module-registry.ts";
import { actionsOf } from "../src/resolved-action.ts";
import type { Attempt } from "../src/runner.ts";

export const modulesDir = join(import.meta.dirname, "fixtures", "modules");

/** An attempt of an action of the module files in `fixtures/modules`. */
export async function anAttempt(
  module: string,
  action: string,
  context: Partial<ActionContext> = {},
): Promise<Attempt> {
  const file = new ModuleRegistry({ modulesDir }).fileOf(module);
  if (file === null) throw new Error(`no fixture ${module}`);
  const resolved = actionsOf(module, await loadModuleFile(module, file), file).get(action);
  if (resolved === undefined) throw new Error(`no action ${action} in ${module}`);
  return {
    module,
    action,
    resolved,
    parameters: { text: "hi" },
    context: {
      signal: new AbortController().signal,
      attempt: 1,
      taskId: "t",
      idempotencyKey: "t",
      deadline: null,
      parameters: {},
      results: {},
      session: null,
      history: [],
      logger: noopLogger,
      progress: () => {},
      ...context,
    },
  };
}

/** An attempt of an action of the file `fixtures/forger.ts`, which no registry knows. */
export async function aForgery(
  action: string,
  parameters: Attempt["parameters"],
  context: Partial<ActionContext> = {},
): Promise<Attempt> {
  const attempt = await anAttempt("naughty", "echo", context);
  const file = new URL("./fixtures/forger.ts", import.meta.url);
  return { ...attempt, action, parameters, resolved: { ...attempt.resolved, file } };
}
