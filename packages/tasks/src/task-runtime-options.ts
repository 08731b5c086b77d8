import type { Clock, Logger, Store } from "@orch/core";
import { needCount, needFunction, needObject, needPort, readArgument, wrongArgument } from "@orch/core/base";
import type { Ledger, SharedLedger } from "@orch/resources";
import type { ActionGate } from "./action-gate.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { ProcessProbe } from "./process-identity.ts";
import type { RunnersOptions } from "./runners.ts";
import type { SessionPort } from "./session-port.ts";

/** What a `TaskRuntime` is made of; every part has a default. */
export interface TaskRuntimeOptions {
  /** Where everything is recorded. @default a memory store */
  readonly store?: Store;
  /** @default the files of `config/modules` in the base directory, over `defaultModuleRegistry` */
  readonly modules?: ModuleRegistry;
  /** Actions running at once, at least 1. @default 4 */
  readonly maxWorkers?: number;
  /** Who may use how much of what. @default an empty one: only plain locks can be granted */
  readonly ledger?: Ledger;
  /** The same, where allocations by hand are made in it too: its `ledger` takes the place of the option of that name. */
  readonly shared?: SharedLedger;
  /** Called when tasks gave resources or locks back, for others who wait for them in the same ledger. */
  readonly onFreed?: (names: readonly string[]) => void;
  readonly clock?: Clock;
  /** Uniform in [0, 1): the jitter of retries. */
  readonly random?: () => number;
  readonly logger?: Logger;
  /** How many threads, how much memory: of attempts that do not run inline. */
  readonly runners?: RunnersOptions;
  readonly probe?: ProcessProbe;
  /** Who keeps the sessions that tasks and executions say that they run in. @default nobody */
  readonly sessions?: SessionPort;
  /** Which actions may be called in this process. @default all that are registered */
  readonly gate?: ActionGate;
}

/** Their names. */
export const RUNTIME_OPTIONS = {
  store: true,
  modules: true,
  maxWorkers: true,
  ledger: true,
  shared: true,
  onFreed: true,
  clock: true,
  random: true,
  logger: true,
  runners: true,
  probe: true,
  sessions: true,
  gate: true,
} as const satisfies Record<keyof TaskRuntimeOptions, true>;

/** What makes a part one, by the option that it is given as. */
const PORTS = {
  store: ["a store", ["transact", "get", "list", "foreignVersion", "close"]],
  modules: ["a module registry", ["peek", "find", "has"]],
  ledger: ["a ledger", ["grant", "release", "restore", "compileDemand"]],
  shared: ["a shared ledger", ["join", "onFreed", "grant", "release", "sync", "end", "leave"]],
  clock: ["a clock", ["now", "monotonic", "setTimer"]],
  logger: ["a logger", ["debug", "info", "warn", "error"]],
  probe: ["a probe of processes", ["liveness"]],
  sessions: ["a keeper of sessions", ["view", "history", "demandIn", "runPlaceOf", "standingIn"]],
} as const satisfies {
  readonly [Name in keyof TaskRuntimeOptions]?: readonly [
    string,
    readonly (keyof NonNullable<TaskRuntimeOptions[Name]>)[],
  ];
};

/** A copy of `given`, which was checked. Throws INVALID_PARAMETERS, before anything is made or changed. */
export function readRuntimeOptions(given: TaskRuntimeOptions): TaskRuntimeOptions {
  const what = "the options of a TaskRuntime";
  const options: TaskRuntimeOptions = readArgument(what, () => ({ ...needObject(what, given) }));
  const { maxWorkers, onFreed, random, probe, gate } = options;
  if (maxWorkers !== undefined) needCount("maxWorkers", maxWorkers);
  for (const [name, [kind, methods]] of Object.entries(PORTS)) {
    const port: unknown = options[name as keyof typeof PORTS];
    if (port !== undefined) needPort<Record<string, unknown>>(name, kind, port, methods);
  }
  if (onFreed !== undefined) needFunction("onFreed", onFreed);
  if (random !== undefined) needFunction("random", random);
  if (gate !== undefined) needFunction("gate", gate);
  if (probe !== undefined) readArgument("probe", () => checkIdentity(probe.self));
  return options;
}

/** Throws INVALID_PARAMETERS for what identifies no process. */
function checkIdentity(self: unknown): void {
  const { pid, startTime, bootId, pidNamespace } = needObject("probe.self", self);
  needCount("probe.self.pid", pid);
  for (const [name, text] of Object.entries({ startTime, bootId, pidNamespace }))
    if (text !== null && typeof text !== "string")
      throw wrongArgument(`probe.self.${name}`, "a text or null", text);
}
