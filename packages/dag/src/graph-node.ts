import { InvalidParametersError, shownValue } from "@orch/core/base";

/** A node as it is written: a name (or id) and the names of what it depends on. Further fields are ignored. */
export type GraphNode =
  | { readonly name: string; readonly dependencies?: readonly string[] | undefined }
  | { readonly id: string; readonly dependencies?: readonly string[] | undefined };

interface AnyNode {
  readonly name?: string;
  readonly id?: string;
}

/** The name of a node as it is written. */
export const nameOf = (node: GraphNode): string => ((node as AnyNode).name ?? (node as AnyNode).id) as string;

/** Whether `node` has a name and, if any, an array of dependencies; the items are looked at where they are unknown. */
export function hasShape(node: GraphNode): boolean {
  if (typeof node !== "object" || node === null) return false;
  const { dependencies } = node;
  return typeof nameOf(node) === "string" && (dependencies === undefined || Array.isArray(dependencies));
}

/** INVALID_PARAMETERS with every node and dependency in `nodes` that is none. O(nodes + edges). */
export function shapeError(nodes: readonly unknown[]): InvalidParametersError {
  const problems: { path: string; message: string }[] = [];
  for (let at = 0; at < nodes.length; at++) noteProblems(nodes[at], `tasks[${at}]`, problems);
  // Getters that answer otherwise each time.
  if (problems.length === 0) problems.push({ path: "tasks", message: "changed while they were read" });
  const [first] = problems;
  return new InvalidParametersError(`Invalid tasks: ${first?.path} ${first?.message}`, {
    details: { problems },
    suggestions: ['Give tasks as {name: "a", dependencies: ["b"]}'],
  });
}

function noteProblems(node: unknown, path: string, problems: { path: string; message: string }[]): void {
  if (typeof node !== "object" || node === null) {
    problems.push({ path, message: `must be an object, was ${shownValue(node)}` });
    return;
  }
  const { name, id, dependencies } = node as Record<string, unknown>;
  const given = name ?? id;
  if (typeof given !== "string")
    problems.push({ path: `${path}.name`, message: `must be a string, was ${shownValue(given)}` });
  if (dependencies === undefined) return;
  if (!Array.isArray(dependencies)) {
    problems.push({
      path: `${path}.dependencies`,
      message: `must be an array, was ${shownValue(dependencies)}`,
    });
    return;
  }
  for (const [at, item] of dependencies.entries()) {
    if (typeof item !== "string") {
      problems.push({
        path: `${path}.dependencies[${at}]`,
        message: `must be a string, was ${shownValue(item)}`,
      });
    }
  }
}
