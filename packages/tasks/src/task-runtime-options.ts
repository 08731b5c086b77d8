import type { Clock, Logger, Store } from "@orch/core";
import { needCount, wrongArgument } from "@orch/core/base";
import type { Ledger, SharedLedger } from "@orch/resources";
import type { ModuleRegistry } from "./module-registry.ts";
import type { ProcessProbe } from "./process-identity.ts";
import type { RunnersOptions } from "./runners.ts";

/** What a `TaskRuntime` is made of; every part has a default. */
export interface TaskRuntimeOptions {
  /** Where everything is recorded. @default a memory store */
  readonly store?: Store;
  /** @default the registry with the built-in module and what was registered in `defaultModuleRegistry` */
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
} as const satisfies Record<keyof TaskRuntimeOptions, true>;

const STORE = ["transact", "get", "list", "foreignVersion", "close"] as const satisfies (keyof Store)[];

/** Throws INVALID_PARAMETERS for a store that is none, and for workers that are no whole number from 1. */
export function checkRuntimeOptions({ store, maxWorkers }: TaskRuntimeOptions): void {
  if (maxWorkers !== undefined) needCount("maxWorkers", maxWorkers);
  if (store === undefined) return;
  const isStore =
    typeof store === "object" && store !== null && STORE.every((name) => typeof store[name] === "function");
  if (!isStore) throw wrongArgument("store", "a store", store);
}
