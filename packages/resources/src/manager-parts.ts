import { resolve } from "node:path";
import {
  type Clock,
  EventBus,
  type IdGenerator,
  type Logger,
  newId,
  noopLogger,
  type Store,
  systemClock,
} from "@orch/core";
import { needFunction, needOptions, needPort, needText, readArgument } from "@orch/core/base";
import { Acquirer } from "./acquirer.ts";
import { Admission } from "./admission.ts";
import { Allocator } from "./allocator.ts";
import type { ResourceEvent } from "./events.ts";
import type { HostFacts } from "./host.ts";
import { LeaseBook } from "./lease-book.ts";
import { Ledger } from "./ledger.ts";
import { RequestReader } from "./request.ts";
import { RequirementTable } from "./requirements.ts";
import { ResourceRegistry } from "./resource-registry.ts";
import { SharedLedger } from "./shared-ledger.ts";

/** How a manager is made; nothing is required. */
export interface ResourceManagerOptions {
  /** Where `resources.json` lies and whose disk is measured. @default the current directory */
  readonly baseDir?: string;
  /** The file of resources, relative to `baseDir`. @default `resources.json`, if it is there */
  readonly resourceConfig?: string;
  /** Whether the machine's resources and the usual quotas are registered first. @default true */
  readonly defaultResources?: boolean;
  /** Where allocations are kept, so that several managers and processes share them. @default memory of this manager */
  readonly store?: Store;
  /** Told `resource_allocated`, `resource_released`, `resource_expired` and `resource_denied`. @default a bus of its own */
  readonly events?: EventBus<ResourceEvent>;
  /** What the machine has. @default it is looked at */
  readonly host?: HostFacts;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default UUIDs */
  readonly idGenerator?: IdGenerator;
  /** @default none */
  readonly logger?: Logger;
}

const FILE = "resources.json";

const OPTIONS: Readonly<Record<keyof ResourceManagerOptions, true>> = {
  baseDir: true,
  resourceConfig: true,
  defaultResources: true,
  store: true,
  events: true,
  host: true,
  clock: true,
  idGenerator: true,
  logger: true,
};

/** A copy of `given`, which was checked. Throws INVALID_PARAMETERS. */
export function readOptions(given: ResourceManagerOptions): ResourceManagerOptions {
  needOptions("the options of a ResourceManager", given, OPTIONS);
  const options = readArgument("the options of a ResourceManager", () => ({ ...given }));
  const { baseDir, resourceConfig, store, events, clock, idGenerator, logger } = options;
  if (baseDir !== undefined) needText("baseDir", baseDir);
  if (resourceConfig !== undefined) needText("resourceConfig", resourceConfig);
  if (store !== undefined) needPort<Store>("store", "a store", store, ["transact", "get", "list"]);
  if (events !== undefined)
    needPort<EventBus<ResourceEvent>>("events", "an event bus", events, ["emit", "hasListeners"]);
  if (clock !== undefined) needPort<Clock>("clock", "a clock", clock, ["now", "monotonic", "setTimer"]);
  if (idGenerator !== undefined) needFunction("idGenerator", idGenerator);
  if (logger !== undefined) needPort<Logger>("logger", "a logger", logger, ["debug", "warn", "error"]);
  return options;
}

/** What a manager is made of. */
export interface ManagerParts {
  readonly clock: Clock;
  readonly newId: IdGenerator;
  readonly logger: Logger;
  readonly events: EventBus<ResourceEvent>;
  readonly ledger: Ledger;
  readonly shared: SharedLedger;
  readonly book: LeaseBook;
  readonly registry: ResourceRegistry;
  readonly table: RequirementTable;
  readonly reader: RequestReader;
  readonly allocator: Allocator;
  readonly acquirer: Acquirer;
  readonly admission: Admission;
  /** The file of resources. */
  readonly file: string;
  readonly store: Store | null;
}

/** Puts a manager together. `onFreed` is called after something came back. */
export function composeParts(
  options: ResourceManagerOptions,
  onFreed: (names: readonly string[]) => void,
): ManagerParts {
  const {
    baseDir = ".",
    resourceConfig = FILE,
    clock = systemClock,
    idGenerator = newId,
    logger = noopLogger,
  } = options;
  const events = options.events ?? new EventBus<ResourceEvent>({ logger });
  const ledger = new Ledger();
  const book = new LeaseBook(clock, () => idGenerator());
  const registry = new ResourceRegistry(ledger, book, clock);
  const table = new RequirementTable(ledger);
  const reader = new RequestReader(ledger, registry, table);
  const store = options.store ?? null;
  const shared = new SharedLedger({ ledger, clock, store });
  shared.onFreed(onFreed);
  // Allocations by hand outlive the process: nobody has to find out whether it lives.
  shared.join({ id: idGenerator(), isDead: () => false, fence: () => {} });
  const allocator = new Allocator({ ledger, shared, book, registry, clock, events, store, logger, onFreed });
  const acquirer = new Acquirer(clock, shared, allocator);
  const admission = new Admission({ ledger, acquirer, events, clock });
  const file = resolve(baseDir, resourceConfig);
  return {
    clock,
    newId: () => idGenerator(),
    logger,
    events,
    ledger,
    shared,
    book,
    registry,
    table,
    reader,
    allocator,
    acquirer,
    admission,
    file,
    store,
  };
}
