import { readFileSync } from "node:fs";
import {
  type Clock,
  errorMessage,
  type IdGenerator,
  isObject,
  type JsonObject,
  replaceFile,
  StorageError,
  toIso,
} from "@orch/core";
import { fromUnits, scaleFor, toUnits } from "./quantity.ts";
import { Resource, type ResourceInit } from "./resource.ts";

/** The resources of a file that pass `check`, all of them or none. Throws STORAGE_ERROR that names the path and every problem. */
export function readResources(path: string, check: (resource: Resource) => void): Resource[] {
  const { resources: entries } = readResourceFile(path);
  const problems: { path: string; message: string }[] = [];
  const resources = Object.entries(entries).flatMap(([id, entry]) => {
    try {
      if (!isObject(entry)) throw new StorageError("must be an object");
      const resource = new Resource({ id, ...entry } as ResourceInit);
      check(resource);
      return [resource];
    } catch (error) {
      problems.push({ path: `resources.${id}`, message: errorMessage(error) });
      return [];
    }
  });
  const [first] = problems;
  if (first !== undefined)
    throw unreadable(path, `${first.path}: ${first.message}`, { problems, retryable: false });
  return resources;
}

/** What a file is written with. */
export interface WriteOptions {
  readonly clock: Clock;
  readonly newId: IdGenerator;
  /** Whether an allocation is written. */
  readonly isKept: (allocationId: string) => boolean;
}

/** Writes `resources`; a reader never sees half a file. Throws STORAGE_ERROR. */
export function writeResources(
  path: string,
  resources: readonly Resource[],
  { clock, newId, isKept }: WriteOptions,
): void {
  const entries = Object.fromEntries(resources.map((resource) => [resource.id, savedDict(resource, isKept)]));
  const text = `${JSON.stringify({ resources: entries, updated_at: toIso(clock.now()) }, null, 2)}\n`;
  replaceFile(path, text, newId);
}

/** A resource with the allocations that are kept, and the sum of those as what is allocated. */
function savedDict(resource: Resource, isKept: (allocationId: string) => boolean): JsonObject {
  const kept = [...resource.allocations.values()].filter(({ id }) => isKept(id));
  const dict = resource.toDict();
  if (kept.length === resource.allocations.size) return dict;
  const units = new Map<string, number>();
  for (const [name, amount] of kept.flatMap(({ allocated }) => Object.entries(allocated))) {
    units.set(name, (units.get(name) ?? 0) + toUnits(amount, scaleFor(resource.capacities[name] ?? 1) ?? 1));
  }
  const allocated = [...units].map(([name, sum]) => [
    name,
    fromUnits(sum, scaleFor(resource.capacities[name] ?? 1) ?? 1),
  ]);
  return {
    ...dict,
    allocated: Object.fromEntries(allocated),
    current_users: [...new Set(kept.map(({ userId }) => userId))],
    allocations: kept.map((allocation) => allocation.toDict()),
  };
}

/** What a file of resources holds, with its entries as they are written. Throws STORAGE_ERROR. */
export function readResourceFile(path: string): { readonly resources: Readonly<Record<string, unknown>> } {
  const content = parse(path);
  const resources = isObject(content) ? content["resources"] : undefined;
  if (!isObject(content) || !isObject(resources) || Array.isArray(resources))
    throw unreadable(path, 'the file must hold {"resources": {…}}', { retryable: false });
  return { ...content, resources };
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, errorMessage(cause), { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, errorMessage(cause), { cause, retryable: false });
  }
}

function unreadable(
  path: string,
  reason: string,
  {
    problems = [],
    retryable = true,
    cause,
  }: { problems?: readonly unknown[]; retryable?: boolean; cause?: unknown },
): StorageError {
  const suggestions = ["correct the file, or move it away to start with the default resources"];
  return new StorageError(`Cannot read resources from '${path}': ${reason}`, {
    details: { path, problems },
    suggestions,
    retryable,
    cause,
  });
}
