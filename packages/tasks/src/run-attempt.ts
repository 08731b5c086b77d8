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
    const known = registry.peek(module, action) ?? locate(call, registry);
    const resolved = known ?? (await load(call, context.signal, registry));
    // Cancelled meanwhile: its code is not called any more.
    if (context.signal.aborted) return failed(context.signal.reason);
    // Its own names: by an alias a thread or process would not find it.
    const { module: home, action: name } = resolved;
    const runner = runners[isolationOf(call, resolved)];
    return await runner.run({ module: home, action: name, resolved, parameters, context });
  } catch (thrown) {
    return failed(thrown);
  }
}

/** What is known of an action whose file is loaded where it runs, and not here. */
const NOT_HERE: ResolvedAction["definition"] = {
  description: "",
  run: () => {
    throw new Error("It is not loaded in this thread");
  },
};

/**
 * The action of a call that says a thread or a process, when its file is not loaded: it is loaded there alone, since what its
 * own code does, not only its actions', is what the caller wants to keep out of this thread.
 */
export function locate(
  { module, action, isolation }: Pick<ActionCall, "module" | "action" | "isolation">,
  registry: ModuleRegistry,
): ResolvedAction | undefined {
  if (isolation === null || isolation === "inline") return undefined;
  const place = registry.locate(module, action);
  return place && { ...place, definition: NOT_HERE };
}

/** Loads the action of a call. Rejects as the registry does, or with the signal's reason when that comes first: the load may never end. */
export function load(
  { module, action }: Pick<ActionCall, "module" | "action">,
  signal: AbortSignal,
  registry: ModuleRegistry,
): Promise<ResolvedAction> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const settled = registry.find(module, action).then(resolve, reject);
    void settled.finally(() => signal.removeEventListener("abort", onAbort));
  });
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
