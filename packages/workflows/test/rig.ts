import { setImmediate as nextTurn } from "node:timers/promises";
import { type JsonObject, memoryStore, type Store, sleep } from "@orch/core";
import { collectEvents, ManualClock } from "@orch/core/testing";
import {
  type ActionContext,
  builtinRegistry,
  ModuleRegistry,
  type ProcessProbe,
  TaskRuntime,
  type TaskRuntimeOptions,
} from "@orch/tasks";
import { WorkflowManager } from "../src/workflow-manager.ts";
import type { WorkflowManagerOptions } from "../src/workflow-manager-options.ts";

/** A call of an action of the module `rec`. */
export interface Call {
  readonly action: string;
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
  readonly parameters: JsonObject;
}

/** The registry with the module `rec` of the acceptance cases: what was called is in `calls`. */
export function recorder(clock: ManualClock): {
  readonly modules: ModuleRegistry;
  readonly calls: Call[];
  readonly ended: string[];
} {
  const calls: Call[] = [];
  const ended: string[] = [];
  const recorded =
    (action: string, run: (parameters: JsonObject, context: ActionContext) => unknown) =>
    async (parameters: JsonObject, context: ActionContext) => {
      const step = context.stepName ?? "";
      calls.push({ action, step, attempt: context.attempt, key: context.idempotencyKey, parameters });
      const value = await run(parameters, context);
      ended.push(step);
      return value;
    };
  const wait = (parameters: JsonObject) => Number(parameters["ms"] ?? 0);
  const modules = new ModuleRegistry({ parent: builtinRegistry() }).registerModule("rec", {
    ok: recorded("ok", (_, { stepName = "" }) => ({ step: stepName })),
    give: recorded("give", (parameters) => parameters["value"] ?? null),
    boom: recorded("boom", () => {
      throw new Error("boom!");
    }),
    slow: recorded("slow", (parameters, { signal, stepName = "" }) =>
      sleep(wait(parameters), { clock, signal }).then(() => stepName),
    ),
    deaf: recorded("deaf", (parameters) => sleep(wait(parameters), { clock })),
  });
  return { modules, calls, ended };
}

/** A process that sees every other one as `others` says. */
export const probeOf = (pid: number, others: "alive" | "dead" | "unknown" = "dead"): ProcessProbe => ({
  self: { pid, startTime: String(pid), bootId: "boot", pidNamespace: "pid:[1]" },
  liveness: () => others,
});

/** A manager on a memory store (unless another is given) and a clock that is moved by hand. */
export function aManager(
  options: Partial<WorkflowManagerOptions> &
    Omit<TaskRuntimeOptions, "clock"> & { readonly clock?: ManualClock } = {},
) {
  const { clock = new ManualClock(), store = memoryStore(), maxWorkers = 16 } = options;
  const rec = recorder(clock);
  const runtime = new TaskRuntime({
    modules: rec.modules,
    probe: probeOf(1),
    random: () => 0,
    ...options,
    clock,
    store,
    maxWorkers,
  });
  const manager = new WorkflowManager({ ...options, runtime });
  const { events } = collectEvents(manager.events);
  return { manager, runtime, clock, store: store as Store, events, ...rec };
}

/** Lets the loop run until nothing happens any more without the clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await nextTurn();
}

/** Moves the clock on from timer to timer until `promise` has settled. */
export async function drive<Value>(promise: Promise<Value>, clock: ManualClock): Promise<Value> {
  const state = { settled: false };
  const done = () => {
    state.settled = true;
  };
  promise.then(done, done);
  for (let turn = 0; turn < 5000; turn++) {
    await settle();
    if (state.settled) return promise;
    clock.advanceToNext();
  }
  throw new Error("It does not end");
}
