import { didYouMean, InvalidParametersError, nearestNames, OrchestrationError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import type { AccessMode, AllocateOneOptions, OrchestrationEngine, ResourceAllocation } from "@orch/engine";
import { readAmounts } from "../amounts.ts";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { findResource } from "../known-resource.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { catchSignals } from "../signals.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";
import { timeText } from "../time-text.ts";

/** What `orch resource allocate` takes. */
export interface AllocateResourceOptions extends GlobalOptions {
  readonly user: string;
  readonly amount?: readonly string[];
  readonly mode?: AccessMode;
  /** Seconds. */
  readonly lease?: number;
  /** Seconds. */
  readonly wait?: number;
}

/** Holds some of a resource until it is released, by whatever process, or its lease is over. */
export async function allocateResource(
  id: string,
  options: AllocateResourceOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  // Any name can be locked.
  if (options.mode === undefined) findResource(id, engine);
  const allocation = await take(id, options, engine);
  await engine.shutdown({ keepSessions: true });
  const { expiresAt } = allocation;
  const release = commandText(`resource release ${allocation.id}`);
  const until = expiresAt === null ? "" : ` until ${timeText(expiresAt)}`;
  const text = `${allocation.id}\n  ${cleanText(options.user)} holds ${cleanText(id)}${until}. Give it back: ${release}`;
  const result = { allocation: allocation.toDict(), suggestions: [release] };
  return tellResult(result, options.quiet ? allocation.id : text, options, terminal);
}

async function take(
  id: string,
  { user, amount, mode, lease, wait }: AllocateResourceOptions,
  { resourceManager: resources }: OrchestrationEngine,
): Promise<ResourceAllocation> {
  const many = readAmounts(amount, "--amount");
  const terms: AllocateOneOptions = {
    ...(mode === undefined ? {} : { mode }),
    ...(lease === undefined ? {} : { timeoutMs: lease * 1000 }),
  };
  if (wait === undefined) return resources.allocateOrThrow(id, user, many, terms);
  const controller = new AbortController();
  using _ = catchSignals({
    stop: () => controller.abort(),
    leave: (__, exitCode) => process.exit(exitCode),
  });
  const acquired = await resources
    .acquire(id, user, many, { ...terms, waitTimeoutMs: wait * 1000, signal: controller.signal })
    .catch((error: unknown) => {
      throw controller.signal.aborted ? cancelled(id) : error;
    });
  // What was missing is said by a refusal.
  return acquired ?? resources.allocateOrThrow(id, user, many, terms);
}

/** What `orch resource release` takes. */
export interface ReleaseOptions extends GlobalOptions {
  readonly user?: string;
}

/** Gives back one allocation, or all that a user holds by hand; what running work holds is not concerned. */
export async function releaseResource(
  id: string | undefined,
  options: ReleaseOptions,
  terminal: Terminal,
): Promise<number> {
  const { user } = options;
  if ((id === undefined) === (user === undefined)) throw nothingNamed();
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { resourceManager: resources } = engine;
  if (user !== undefined) {
    const held = resources.getUserAllocations(user).map(({ allocation_id }) => String(allocation_id));
    if (held.length === 0) throw holdsNothing(user, engine);
    resources.deallocateResources(user, held);
    const text = `Released ${count(held.length, "allocation")} of ${cleanText(user)}`;
    return tellResult({ released: held, user_id: user }, text, options, terminal);
  }
  const allocation = resources.getAllocation(String(id));
  if (allocation === null || !resources.release(String(id))) throw notHeld(String(id), engine);
  const text = `Released ${cleanText(allocation.resourceId)}, which ${cleanText(allocation.userId)} held`;
  return tellResult({ released: [allocation.id], user_id: allocation.userId }, text, options, terminal);
}

const nothingNamed = (): InvalidParametersError =>
  new InvalidParametersError("Name an allocation, or a user with --user, and not both", {
    suggestions: [`See who holds what: ${commandText("resource usage <resource>")}`],
  });

const cancelled = (id: string): OrchestrationError =>
  new OrchestrationError(`Cancelled while it was waited for '${id}'; nothing is held`, { code: "CANCELLED" });

const liveIn = ({ resourceManager }: OrchestrationEngine): ResourceAllocation[] =>
  resourceManager.listResources().flatMap(({ allocations }) => [...allocations.values()]);

function notHeld(id: string, engine: OrchestrationEngine): OrchestrationError {
  const near = nearestNames(
    id,
    liveIn(engine).map((allocation) => allocation.id),
  );
  return new OrchestrationError(`No live allocation has the id '${id}'`, {
    code: "RESOURCE_NOT_FOUND",
    retryable: false,
    details: { allocation_id: id, near },
    suggestions: [...didYouMean(near), "It may have been released, or its lease is over."],
  });
}

function holdsNothing(user: string, engine: OrchestrationEngine): OrchestrationError {
  const users = [...new Set(liveIn(engine).map(({ userId }) => userId))];
  const near = nearestNames(user, users);
  return new OrchestrationError(`User '${user}' holds nothing by hand`, {
    code: "RESOURCE_NOT_FOUND",
    retryable: false,
    details: { user_id: user, near },
    suggestions: [...didYouMean(near), `See who holds what: ${commandText("resource usage")}`],
  });
}
