import { canonicalJson, InvalidParametersError, isObject, type JsonObject } from "@orch/core";
import { readArgument, shownName } from "@orch/core/base";
import type { DAGTask, DAGTaskInit } from "./dag-task.ts";

/** A WorkflowDAG as JSON. */
export type DAGDict = {
  /** Each task's dict. */
  readonly tasks: { readonly [name: string]: JsonObject };
  /** What each task depends on, as listed. */
  readonly graph: { readonly [name: string]: readonly string[] };
  /** What depends on each task, in definition order. */
  readonly reverse_graph: { readonly [name: string]: readonly string[] };
  /** The names in definition order; only where the keys of an object cannot keep it, since a name is a number. */
  readonly order?: readonly string[];
};

const KEYS: ReadonlySet<string> = new Set(["tasks", "graph", "reverse_graph", "order"]);
/** Names that objects list before all others, smallest first, whenever they were added. */
const NUMERIC = /^(?:0|[1-9]\d*)$/;

/** The dict of `tasks`. O(tasks + dependencies). */
export function writeDict(tasks: readonly DAGTask[]): DAGDict {
  const dependents = new Map<string, string[]>(tasks.map(({ name }) => [name, []]));
  for (const { name, dependencies } of tasks) {
    for (const dependency of dependencies) dependents.get(dependency)?.push(name);
  }
  const dict = {
    tasks: Object.fromEntries(tasks.map((task) => [task.name, task.toDict()])),
    graph: Object.fromEntries(tasks.map(({ name, dependencies }) => [name, [...dependencies]])),
    reverse_graph: Object.fromEntries(dependents),
  };
  const names = tasks.map(({ name }) => name);
  return names.some((name) => NUMERIC.test(name)) ? { ...dict, order: names } : dict;
}

/** What `make` makes of the tasks in `dict`; INVALID_PARAMETERS, with all `problems`, for what {@link writeDict} cannot have written. */
export function readDict<DAG extends { toDict(): DAGDict }>(
  dict: unknown,
  make: (tasks: DAGTaskInit[]) => DAG,
): DAG {
  return readArgument("dag", () => read(dict, make));
}

function read<DAG extends { toDict(): DAGDict }>(dict: unknown, make: (tasks: DAGTaskInit[]) => DAG): DAG {
  if (!isObject(dict) || !isObject(dict["tasks"]))
    refuse([{ path: "tasks", message: "must be an object of tasks by name" }]);
  const { tasks, order } = dict as { tasks: Record<string, unknown>; order?: unknown };
  const problems = Object.keys(dict).flatMap((key) =>
    KEYS.has(key) ? [] : [{ path: key, message: "is not known" }],
  );
  for (const [name, task] of Object.entries(tasks)) {
    if (!isObject(task) || task["name"] !== name)
      problems.push({ path: `tasks.${name}`, message: `must be a task of the name ${shownName(name)}` });
  }
  const names = order === undefined ? Object.keys(tasks) : order;
  if (!isOrderOf(names, tasks)) problems.push({ path: "order", message: "must list each task once" });
  if (problems.length > 0) refuse(problems);
  const dag = make((names as string[]).map((name) => tasks[name] as DAGTaskInit));
  const written = dag.toDict();
  for (const key of ["graph", "reverse_graph"] as const) {
    const given = (dict as Record<string, JsonObject | undefined>)[key];
    if (given === undefined || canonicalJson(given) === canonicalJson(written[key])) continue;
    problems.push({ path: key, message: "does not fit the dependencies of the tasks" });
  }
  if (problems.length > 0) refuse(problems);
  return dag;
}

function isOrderOf(names: unknown, tasks: Record<string, unknown>): boolean {
  if (!Array.isArray(names)) return false;
  const unique = new Set<unknown>(names);
  const complete = Object.keys(tasks).every((name) => unique.has(name));
  return complete && unique.size === names.length && names.length === Object.keys(tasks).length;
}

function refuse(problems: readonly { readonly path: string; readonly message: string }[]): never {
  const [first] = problems;
  throw new InvalidParametersError(`Invalid DAG: ${first?.path} ${first?.message}`, {
    details: { problems },
    suggestions: ["Give what toDict() returns"],
  });
}
