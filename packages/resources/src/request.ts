import { findLossy, InvalidParametersError, isObject, type JsonValue, OrchestrationError } from "@orch/core";
import { shownValue, unreadable, wrongArgument } from "@orch/core/base";
import type { AccessMode } from "./access-mode.ts";
import type { CompiledDemand } from "./compiled-demand.ts";
import type { Amounts } from "./demand.ts";
import { ResourceNotFoundError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { DURATION_RULE, isDuration } from "./quantity.ts";
import type { Requirements, RequirementTable } from "./requirements.ts";
import { isOwnName, ownName } from "./resource-name.ts";
import type { ResourceRegistry } from "./resource-registry.ts";

/** The terms of an allocation. */
export interface AllocateOptions {
  /** The lease: released by itself after this long. @default the `timeoutMs` of the resource's limits, else no end */
  readonly timeoutMs?: number | null;
  /** JSON facts to keep beside the allocation. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** The terms of an allocation of one resource. */
export interface AllocateOneOptions extends AllocateOptions {
  /** Takes a lock on the resource, or on that name where no resource is registered; without an amount only the lock. */
  readonly mode?: AccessMode;
}

/** A request that was checked: all that is left is whether it fits. */
export interface Request {
  readonly user: string;
  /** As it was given, for reports. */
  readonly requirements: unknown;
  readonly demand: CompiledDemand;
  readonly leaseMs: number | null;
  readonly metadata: Readonly<Record<string, JsonValue>> | null;
}

/** Checks what callers ask for. */
export class RequestReader {
  readonly #ledger: Ledger;
  readonly #registry: ResourceRegistry;
  readonly #table: RequirementTable;

  constructor(ledger: Ledger, registry: ResourceRegistry, table: RequirementTable) {
    this.#ledger = ledger;
    this.#registry = registry;
    this.#table = table;
  }

  /** A request for several resources, or the error that says what is wrong with it. */
  many(
    user: string,
    requirements: Requirements,
    options: AllocateOptions | number,
  ): Request | OrchestrationError {
    const terms = readTerms(user, typeof options === "number" ? { timeoutMs: options } : options);
    if (terms instanceof OrchestrationError) return terms;
    const demand = this.#table.compile(requirements);
    if (demand instanceof OrchestrationError) return demand;
    return { user, requirements, demand, leaseMs: terms.leaseMs, metadata: terms.metadata };
  }

  /** A request for one resource, or the error that says what is wrong with it. */
  one(
    id: string,
    user: string,
    amount: number | Amounts | undefined,
    options: AllocateOneOptions,
  ): Request | OrchestrationError {
    const terms = readTerms(user, options);
    if (terms instanceof OrchestrationError) return terms;
    if (typeof id !== "string") return new ResourceNotFoundError(id, this.#ledger.ids());
    if (isOwnName(id)) return ownName(id);
    const demand = this.#demandForOne(id, amount, terms.mode);
    if (demand instanceof OrchestrationError) return demand;
    const requirements = { [id]: amount ?? null };
    return { user, requirements, demand, leaseMs: terms.leaseMs, metadata: terms.metadata };
  }

  #demandForOne(
    id: string,
    amount: number | Amounts | undefined,
    mode: AccessMode | undefined,
  ): CompiledDemand | OrchestrationError {
    const resource = this.#registry.get(id);
    if (mode === undefined) {
      if (resource === null) return new ResourceNotFoundError(id, this.#ledger.ids());
      return this.#table.compile({ [id]: amount === undefined ? resource.limits.defaultAllocation : amount });
    }
    try {
      return this.#ledger.compileDemand([
        { resource: id, mode, ...(amount === undefined ? {} : { amounts: amount }) },
      ]);
    } catch (error) {
      if (error instanceof OrchestrationError) return error;
      throw error;
    }
  }
}

interface Terms extends Pick<Request, "leaseMs" | "metadata"> {
  readonly mode: AccessMode | undefined;
}

const FOR_EVER: Terms = { leaseMs: null, metadata: null, mode: undefined };

/** The terms of a request, looked at once, or the error for a bad user, lease or metadata. */
function readTerms(user: unknown, given: AllocateOneOptions): Terms | OrchestrationError {
  try {
    if (!isObject(given)) return wrongArgument("options", "an object", given);
    if (typeof user !== "string" || user === "") return wrongArgument("userId", "a name", user);
    const { timeoutMs, metadata, mode }: AllocateOneOptions = given;
    if (timeoutMs == null && metadata === undefined && mode === undefined) return FOR_EVER;
    if (timeoutMs != null && !isDuration(timeoutMs))
      return wrongArgument("timeoutMs", DURATION_RULE, timeoutMs);
    const wrong = metadata === undefined ? null : metadataProblem(metadata);
    return wrong ?? { leaseMs: timeoutMs ?? null, metadata: structuredClone(metadata) ?? null, mode };
  } catch (error) {
    return unreadable("options", error);
  }
}

function metadataProblem(metadata: unknown): InvalidParametersError | null {
  const lossy = isObject(metadata) ? findLossy(metadata) : { path: "", reason: shownValue(metadata) };
  if (lossy === null) return null;
  const [path, message] = [`metadata${lossy.path}`, `must be JSON, was ${lossy.reason}`];
  return new InvalidParametersError(`${path} ${message}`, { details: { problems: [{ path, message }] } });
}
