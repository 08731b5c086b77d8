import { InvalidParametersError, type JsonObject } from "@orch/core";
import { failed, type Outcome } from "./failure.ts";
import type { ActionContext, Isolation } from "./module.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { ResolvedAction } from "./resolved-action.ts";
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
  const { module, action, parameters, isolation } = call;
  const { signal } = context;
  try {
    const known = knownAction(call, registry) ?? locate(call, registry);
    const resolved = known ?? (await registry.find(module, action, { isolation, signal }));
    // Cancelled meanwhile: its code is not called any more.
    if (signal.aborted) return failed(signal.reason);
    // Its own names: by an alias a thread or process would not find it.
    const { module: home, action: name } = resolved;
    const runner = runners[isolationOf(call, resolved)];
    return await runner.run({ module: home, action: name, resolved, parameters, context });
  } catch (thrown) {
    return failed(thrown);
  }
}

/** The action of a call, when all that it takes to run it is there. */
export function knownAction(
  { module, action, isolation }: Pick<ActionCall, "module" | "action" | "isolation">,
  registry: ModuleRegistry,
): ResolvedAction | undefined {
  const known = registry.peek(module, action);
  if (known === undefined || known.definition.run !== null) return known;
  return (isolation ?? known.definition.isolation) === "inline" ? undefined : known;
}

/** What is known of an action whose file was not loaded. */
const NOTHING: ResolvedAction["definition"] = { description: "", run: null };

/**
 * The action of a call that says a thread or a process, when its file was not loaded: that is only done where it runs, without
 * a look at it before.
 */
export function locate(
  { module, action, isolation }: Pick<ActionCall, "module" | "action" | "isolation">,
  registry: ModuleRegistry,
): ResolvedAction | undefined {
  if (isolation === null || isolation === "inline") return undefined;
  const place = registry.locate(module, action);
  return place && { ...place, definition: NOTHING };
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
