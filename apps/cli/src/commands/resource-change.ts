import {
  didYouMean,
  InvalidParametersError,
  type JsonObject,
  nearestNames,
  OrchestrationError,
} from "@orch/core";
import { cleanText } from "@orch/core/base";
import {
  deleteResourceEntry,
  type OrchestrationEngine,
  putResourceEntry,
  Resource,
  type ResourceInit,
  ResourceLimits,
  type ResourceStatus,
  type ResourceType,
  readResourceEntry,
} from "@orch/engine";
import { readAmounts } from "../amounts.ts";
import { commandText } from "../command-text.ts";
import { findResource } from "../known-resource.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { readParameters } from "../parameters.ts";
import { tellResult } from "../tell-result.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch resource add` takes. */
export interface AddResourceOptions extends GlobalOptions {
  readonly type: ResourceType;
  readonly capacity?: readonly string[];
  readonly unit?: string;
  readonly name?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  /** `key=value` texts. */
  readonly limit?: readonly string[];
  readonly status?: ResourceStatus;
  readonly replace?: boolean;
}

/** Writes a resource into the file of resources, as somebody would by hand; all else in it stays. */
export async function addResource(
  id: string,
  options: AddResourceOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { resourceManager: resources } = engine;
  if (id === "") throw new InvalidParametersError("A resource needs an id");
  const known = resources.getResource(id);
  if (known !== null && !options.replace) throw exists(id, resources.file);
  if (known !== null) refuseHeld(known, "replaced");
  const entry = entryOf(options);
  const resource = new Resource({ ...entry, id } as ResourceInit);
  refuseUnknownLimits(resource);
  // Whatever would be refused when the file is read is refused here.
  resources.addResource(resource, { replace: true });
  resources.changeFile(() => {
    // Another process may have been faster.
    if (known === null && !options.replace && readResourceEntry(resources.file, id) !== null)
      throw exists(id, resources.file);
    putResourceEntry(resources.file, id, entry);
  });
  const shown = resources.getResourceUsage(id);
  const text = `${known === null ? "Added" : "Replaced"} ${cleanText(id)} in ${cleanText(resources.file)}`;
  return tellResult(
    { resource: shown, file: resources.file, replaced: known !== null },
    text,
    options,
    terminal,
  );
}

/** As it is written by hand: what is left out has its default. */
function entryOf({
  type,
  capacity,
  unit,
  name,
  description,
  tag,
  limit,
  status,
}: AddResourceOptions): JsonObject {
  const bounds = { ...readParameters({ param: limit ?? [] }, {}), ...(unit === undefined ? {} : { unit }) };
  const parts = {
    type,
    ...{ name, description, status },
    capacity: readAmounts(capacity, "--capacity") ?? 1,
    limits: Object.keys(bounds).length === 0 ? undefined : bounds,
    tags: tag === undefined ? undefined : [...tag],
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** A bound that is misspelt would bound nothing. */
function refuseUnknownLimits({ limits }: Resource): void {
  const names = Object.keys(new ResourceLimits({}).toDict());
  const unknown = Object.keys(limits.extra);
  const [first] = unknown;
  if (first === undefined) return;
  const near = [...new Set(unknown.flatMap((key) => nearestNames(key, names)))];
  throw new InvalidParametersError(`There is no limit '${first}'`, {
    details: { problems: unknown.map((key) => ({ path: `limits.${key}`, message: "is no limit" })), near },
    suggestions: [...didYouMean(near), `Limits are: ${names.join(", ")}.`],
  });
}

/** Takes a resource out of the file of resources. */
export async function removeResource(
  id: string,
  options: GlobalOptions,
  terminal: Terminal,
): Promise<number> {
  await using engine = openEngine(options, (text) => terminal.err(cleanText(text)));
  const { resourceManager: resources } = engine;
  const { file } = resources;
  const resource = findResource(id, engine);
  if (readResourceEntry(file, id) === null) throw ofMachine(id);
  refuseHeld(resource, "removed");
  resources.changeFile(() => deleteResourceEntry(file, id));
  const back = isBack(id, options);
  const text = `Removed ${cleanText(id)} from ${cleanText(file)}${back ? "; that of the machine counts again" : ""}`;
  return tellResult({ resource_id: id, file, default_is_back: back }, text, options, terminal);
}

/** Whether there still is one of this id: that which the entry stood for. */
function isBack(id: string, options: GlobalOptions): boolean {
  const engine: OrchestrationEngine = openEngine(options, () => {});
  return engine.resourceManager.getResource(id) !== null;
}

function refuseHeld({ id, allocations, allocated }: Resource, what: string): void {
  const isFree = allocations.size === 0 && Object.values(allocated).every((amount) => amount === 0);
  if (isFree) return;
  const users = [...new Set([...allocations.values()].map(({ userId }) => userId))];
  throw new OrchestrationError(`Resource '${id}' is in use, and is not ${what}`, {
    code: "INVALID_STATE",
    details: { resource_id: id, allocated, users },
    suggestions: [
      `See who holds it: ${commandText(`resource usage ${id}`)}`,
      ...users.slice(0, 1).map((user) => `Give it back: ${commandText(`resource release --user ${user}`)}`),
    ],
  });
}

const exists = (id: string, file: string): InvalidParametersError =>
  new InvalidParametersError(`There is a resource '${id}' already`, {
    details: { resource_id: id, file },
    suggestions: [
      `Look at it: ${commandText(`resource usage ${id}`)}`,
      "Take another id, or put this one in its place with --replace.",
    ],
  });

const ofMachine = (id: string): OrchestrationError =>
  new OrchestrationError(`Resource '${id}' is one that every engine has, and is not removed`, {
    code: "INVALID_STATE",
    retryable: false,
    details: { resource_id: id },
    suggestions: [
      `Grant nothing of it: ${commandText(`resource add ${id} --replace --type <type> --status offline`)}`,
    ],
  });
