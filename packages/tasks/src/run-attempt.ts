import { InvalidParametersError, type JsonObject } from "@orch/core";
import { failed, type Outcome } from "./failure.ts";
import type { ActionContext, Isolation } from "./module.ts";
import type { ModuleRegistry, ResolvedAction } from "./module-registry.ts";
import type { Runner } from "./runner.ts";

/** What an attempt calls, and where. */
export interface ActionCall {
  readonly module: string;
  readonly action: string;
  readonly parameters: JsonObject;
  /** Null: where the action says. */
  readonly isolation: Isolation | null;
}

/** Where actions and runners are found. */
export interface CallEnvironment {
  readonly registry: ModuleRegistry;
  readonly runners: Readonly<Record<Isolation, Runner>>;
}

/** Finds the action and runs one attempt of it; resolves when its code has really ended, and never rejects. */
export async function runAttempt(
  call: ActionCall,
  context: ActionContext,
  { registry, runners }: CallEnvironment,
): Promise<Outcome> {
  const { module, action, parameters } = call;
  try {
    const resolved = registry.peek(module, action) ?? (await registry.find(module, action));
    // Cancelled while the module was loaded: its code is not called any more.
    if (context.signal.aborted) return failed(context.signal.reason);
    const runner = runners[isolationOf(call, resolved)];
    return await runner.run({ module, action, resolved, parameters, context });
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Where an action runs. Throws INVALID_PARAMETERS where it cannot. */
export function isolationOf(
  call: Pick<ActionCall, "module" | "action" | "isolation">,
  { definition, file }: ResolvedAction,
): Isolation {
  const isolation = call.isolation ?? definition.isolation ?? "inline";
  if (isolation === "inline" || file !== null) return isolation;
  throw new InvalidParametersError(
    `Action '${call.module}.${call.action}' was registered in code and can only run inline, not in a ${isolation}`,
    {
      details: { module: call.module, action: call.action, isolation },
      suggestions: ["Put it into a module file, or leave the isolation out."],
    },
  );
}
