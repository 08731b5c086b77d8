import { interpolate, type JsonObject, valueAt } from "@orch/core";
import { type BookEntry, isBroken, type Upstream } from "./book-entry.ts";
import { TaskExecutionError } from "./errors.ts";
import type { SingleTaskSpec } from "./task-spec.ts";

/** The entry of a task's id, if it is in the book. */
type Find = (id: string) => Upstream | undefined;

/**
 * The parameters of a task with the values of its placeholders: `${taskId-or-name.result}` or `{{….output}}`, with a path
 * into the result behind it. What names no dependency stays as it is; one that did not complete gives null. Throws
 * WORKFLOW_UNRESOLVED_REFERENCE for a path that leads nowhere.
 */
function resolveReferences({ spec, live }: BookEntry, find: Find): JsonObject {
  const { parameters } = live.spec;
  const { dependencies } = spec;
  if (dependencies.length === 0) return parameters;
  const named = (name: string) =>
    find(
      dependencies.find((id) => id === name) ?? dependencies.find((id) => find(id)?.spec.name === name) ?? "",
    );
  return interpolate(parameters, ({ text, name, path: [kind, ...path] }) => {
    const dependency = kind === "result" || kind === "output" ? named(name) : undefined;
    if (!dependency) return undefined;
    const value = isBroken(dependency) ? null : valueAt(dependency.live.value, path);
    if (value !== undefined) return value;
    throw new TaskExecutionError(`${text} names nothing in the result of '${dependency.spec.name}'`, {
      code: "WORKFLOW_UNRESOLVED_REFERENCE",
      retryable: false,
      details: { reference: text, task: spec.name },
    });
  }) as JsonObject;
}

/** The results of the dependencies that completed, by name. */
export function resultsOf({ dependencies }: Pick<SingleTaskSpec, "dependencies">, find: Find): JsonObject {
  const completed = dependencies.flatMap((id) => {
    const dependency = find(id);
    return dependency?.live.status === "completed"
      ? [[dependency.spec.name, dependency.live.value] as const]
      : [];
  });
  return Object.fromEntries(completed);
}

/** All dependencies of a task have ended: its placeholders get their values. Throws for one that nothing has a value for. */
export function giveResults(entry: BookEntry, find: (id: string) => Upstream | undefined): void {
  const { live, resolved } = entry;
  const { cache } = live.spec;
  const parameters = resolved ? live.spec.parameters : resolveReferences(entry, find);
  if (parameters === live.spec.parameters && !cache) return;
  const dependencies = () => resultsOf(entry.spec, find);
  live.spec = { ...live.spec, parameters, cache: cache ? { ...cache, dependencies } : null };
}
