import { pathOfCycle } from "./blocked-report.ts";
import type { BookEntry, Upstream } from "./book-entry.ts";
import type { Cause, Why } from "./cause.ts";
import { instanceLiveness, readInstance } from "./instance.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskRecord } from "./task-record.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus } from "./task-status.ts";
import { shortOf, waitingCauses } from "./waiting-causes.ts";

/** A chain of dependencies is followed this far. */
const DEEPEST = 16;

/**
 * What stands in the way of a task, with the causes of the tasks that it depends on, 16 deep; null for an unknown id.
 * O(ready tasks + what it depends on); for a task of another process O(unfinished tasks of the others).
 */
export function whyOf(id: string, book: TaskBook, runtime: TaskRuntime): Why | null {
  const entry = book.entry(id);
  if (entry) {
    const status = shortOf(entry.live, runtime) ? "blocked" : entry.live.status;
    return { task_id: id, name: entry.task.name, status, causes: causesOf(entry, book, runtime, DEEPEST) };
  }
  const record = runtime.error ? null : runtime.elsewhere.find(id);
  return (
    record && {
      task_id: id,
      name: record.name,
      status: record.status,
      causes: storedCauses(id, record, runtime),
    }
  );
}

function causesOf(entry: BookEntry, book: TaskBook, runtime: TaskRuntime, depth: number): Cause[] {
  if (entry.live.status !== "blocked" && entry.live.status !== "pending")
    return waitingCauses(entry.live, runtime);
  const path = pathOfCycle(entry.task.id, book.find);
  if (path) return [{ reason: "cycle", path, message: `Its dependencies form a cycle: ${path.join(" → ")}` }];
  return entry.dependencies.flatMap((id): Cause[] => {
    const dependency = book.find(id);
    if (!dependency) {
      const message = `It depends on '${id}', which is not there`;
      return [{ reason: "missing_dependency", task_id: id, message }];
    }
    const { status } = dependency.live;
    if (isTerminalStatus(status)) return [];
    const causes = depth === 0 ? [] : causesOfDependency(dependency, book, runtime, depth - 1);
    const message = `It depends on '${dependency.task.name}', which is ${status}`;
    return [{ reason: "dependency", task_id: id, status, causes, message }];
  });
}

function causesOfDependency(
  { task }: Upstream,
  book: TaskBook,
  runtime: TaskRuntime,
  depth: number,
): Cause[] {
  const entry = book.entry(task.id);
  if (entry) return causesOf(entry, book, runtime, depth);
  const record = runtime.elsewhere.find(task.id);
  return record ? storedCauses(task.id, record, runtime) : [];
}

/** Of a task that is not in this process's memory. */
function storedCauses(
  id: string,
  { status, error, module, action }: TaskRecord,
  runtime: TaskRuntime,
): Cause[] {
  if (isTerminalStatus(status)) {
    const message = error?.message ?? `It has ended: ${status}`;
    return [{ reason: "ended", status, code: error?.code ?? null, message }];
  }
  const { store, probe, modules, elsewhere } = runtime;
  const instance = elsewhere.ownerOf(id);
  if (instance === null) return [];
  const record = readInstance(instance, store);
  const alive = instanceLiveness(record, probe);
  const pid = record?.pid ?? null;
  const holder = pid === null ? "A process" : `Process ${pid}`;
  const message = `${holder}${alive === "dead" ? " had it and is gone: recover() goes on with it" : " has it"}`;
  const causes: Cause[] = [{ reason: "other_process", instance, pid, alive, message }];
  if (alive === "dead" && !modules.has(module, action)) {
    const unknown = `'${module}.${action}' is not known here: register it, then call recover()`;
    causes.push({ reason: "action_not_known", module, action, message: unknown });
  }
  return causes;
}
