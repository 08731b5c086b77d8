import {
  type ErrorInit,
  interpolate,
  type JsonObject,
  type JsonValue,
  type Placeholder,
  StorageError,
  valueAt,
} from "@orch/core";
import { type BookEntry, isBroken, type Upstream } from "./book-entry.ts";
import { TaskExecutionError } from "./errors.ts";
import type { Failure } from "./failure.ts";
import { isMadeHere } from "./task-key.ts";
import type { SingleTaskSpec } from "./task-spec.ts";

/** The entry of a task's id, if it is in the book. */
type Find = (id: string) => Upstream | undefined;

/** What the direct dependencies of a task are called: each by its id, and by its name where nothing else is; the ids of those that share one. */
type Called = ReadonlyMap<string, Upstream | readonly string[]>;

/** The placeholders' `${taskId-or-name.result}` and `{{….output}}`. */
const RESULT: ReadonlySet<string> = new Set(["result", "output"]);
/** So many ids are named in an error. */
const MOST_SHOWN = 5;

/**
 * The parameters of a task with the values of its placeholders: `${taskId-or-name.result}` or `{{….output}}`, with a path
 * into the result behind it; the longest id or name counts, dots and all. What names no dependency stays as it is; one that
 * did not complete gives null. Throws WORKFLOW_UNRESOLVED_REFERENCE for a path that leads nowhere, and for a name that
 * several dependencies have.
 */
function resolveReferences({ spec, live }: BookEntry, find: Find): JsonObject {
  const { parameters } = live.spec;
  if (spec.dependencies.length === 0) return parameters;
  let called: Called | null = null;
  return interpolate(parameters, (placeholder) => {
    called ??= calledOf(spec.dependencies, find);
    const { target, path } = referenceIn(placeholder, called) ?? {};
    if (target === undefined || path === undefined) return undefined;
    if (!("live" in target)) throw ambiguous(placeholder, target, spec);
    const value = isBroken(target) ? null : valueAt(target.live.value, path);
    if (value !== undefined) return value;
    throw unresolved(placeholder, spec, {
      message: `${placeholder.text} names nothing in the result of '${target.spec.name}'`,
    });
  }) as JsonObject;
}

/** Ids count before names: a name that is the id of another dependency stands for that one. */
function calledOf(dependencies: readonly string[], find: Find): Called {
  const called = new Map<string, Upstream | string[]>();
  const known = dependencies.flatMap((id) => find(id) ?? []);
  for (const dependency of known) {
    const { id, name } = dependency.spec;
    const other = called.get(name);
    if (other === undefined) called.set(name, dependency);
    else if ("live" in other) called.set(name, [other.spec.id, id]);
    else other.push(id);
  }
  for (const dependency of known) called.set(dependency.spec.id, dependency);
  return called;
}

/** What a placeholder refers to, and the path into its result. */
function referenceIn({ name, path }: Placeholder, called: Called) {
  const parts = [name, ...path];
  for (let at = parts.length - 1; at > 0; at--) {
    if (!RESULT.has(parts[at] ?? "")) continue;
    const target = called.get(parts.slice(0, at).join("."));
    if (target !== undefined) return { target, path: parts.slice(at + 1) };
  }
  return null;
}

function ambiguous(
  placeholder: Placeholder,
  ids: readonly string[],
  spec: SingleTaskSpec,
): TaskExecutionError {
  const shown = ids.slice(0, MOST_SHOWN);
  return unresolved(placeholder, spec, {
    message: `${placeholder.text} may be the result of each of ${ids.length} dependencies, which have the same name`,
    details: { ids: shown },
    suggestions: [
      `Use the id of the one that is meant: ${shown.join(", ")}${ids.length > MOST_SHOWN ? ", …" : ""}`,
      "Or give the tasks names of their own.",
    ],
  });
}

const unresolved = (
  { text }: Placeholder,
  { name }: SingleTaskSpec,
  { message, details = {}, suggestions = [] }: ErrorInit & { readonly message: string },
): TaskExecutionError =>
  new TaskExecutionError(message, {
    code: "WORKFLOW_UNRESOLVED_REFERENCE",
    retryable: false,
    details: { reference: text, task: name, ...details },
    suggestions,
  });

/** The dependencies that completed, each with the key that its result has: its name, or its id where that name is not its alone. */
function completedOf({ dependencies }: Pick<SingleTaskSpec, "dependencies">, find: Find) {
  const called = calledOf(dependencies, find);
  return dependencies.flatMap((id) => {
    const dependency = called.get(id) as Upstream | undefined;
    if (dependency?.live.status !== "completed") return [];
    const { name } = dependency.spec;
    return [{ key: called.get(name) === dependency ? name : id, name, value: dependency.live.value }];
  });
}

/** The results of the direct dependencies that completed, by name; by id where several have that name. */
export const resultsOf = (spec: Pick<SingleTaskSpec, "dependencies">, find: Find): JsonObject =>
  Object.fromEntries(completedOf(spec, find).map(({ key, value }) => [key, value]));

/**
 * The same for the key of a cached result. An id that was made here is another one for the dependency of an equal task: those
 * results go by their names and their order, under a key that no name can be.
 */
function cachedBy(spec: Pick<SingleTaskSpec, "dependencies">, find: Find): JsonObject {
  const completed = completedOf(spec, find);
  const isAlike = ({ key, name }: (typeof completed)[number]) => key !== name && isMadeHere(key);
  const alike = completed.filter(isAlike).map(({ name, value }) => [name, value] as const);
  const others = completed.filter((each) => !isAlike(each)).map(({ key, value }) => [key, value] as const);
  return Object.fromEntries<JsonValue>(alike.length === 0 ? others : [...others, ["", alike]]);
}

/**
 * All dependencies of a task have ended: its placeholders get their values. Throws for one that nothing has a value for, and
 * STORE_CORRUPT for a dependency whose result cannot be read.
 */
export function giveResults(entry: BookEntry, find: Find): void {
  const { live, resolved } = entry;
  for (const id of entry.spec.dependencies) {
    const dependency = find(id);
    if (dependency?.damage && !isBroken(dependency)) throw resultLost(entry, dependency, dependency.damage);
  }
  const { cache } = live.spec;
  const parameters = resolved ? live.spec.parameters : resolveReferences(entry, find);
  if (parameters === live.spec.parameters && !cache) return;
  const dependencies = () => cachedBy(entry.spec, find);
  live.spec = { ...live.spec, parameters, cache: cache ? { ...cache, dependencies } : null };
}

const resultLost = ({ spec }: BookEntry, { spec: dependency }: Upstream, damage: Failure): StorageError =>
  new StorageError(
    `Task '${spec.name}' needs the result of '${dependency.name}', which cannot be read: ${damage.message}`,
    {
      code: "STORE_CORRUPT",
      retryable: false,
      details: { ...damage.details, dependency: dependency.name },
      suggestions: damage.suggestions,
    },
  );
