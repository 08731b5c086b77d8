import { pathOfCycle, type Verdicts } from "./blocked-report.ts";
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
/** Dependencies that one answer names, at most. */
const MOST = 256;

/**
 * What stands in the way of a task, with the causes of the tasks that it depends on, 16 deep; null for an unknown id. What
 * a task waits for is told once, and at most 256 dependencies are named; a last cause says how many are left out.
 * O(ready tasks + what it depends on); for a task of another process O(unfinished tasks of the others).
 */
export function whyOf(id: string, book: TaskBook, runtime: TaskRuntime): Why | null {
  const entry = book.entry(id);
  if (entry) {
    const status = shortOf(entry.live, runtime) ? "blocked" : entry.live.status;
    const causes = new Inquiry(book, runtime).causesOf(entry, DEEPEST);
    return { task_id: id, name: entry.spec.name, status, causes };
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

/** What has been told in one answer. */
class Inquiry {
  readonly #book: TaskBook;
  readonly #runtime: TaskRuntime;
  readonly #verdicts: Verdicts = new Map();
  /** Tasks whose causes were told. */
  readonly #told = new Set<string>();
  #left = MOST;

  constructor(book: TaskBook, runtime: TaskRuntime) {
    this.#book = book;
    this.#runtime = runtime;
  }

  causesOf(entry: BookEntry, depth: number): Cause[] {
    this.#told.add(entry.spec.id);
    if (entry.live.status !== "blocked" && entry.live.status !== "pending")
      return waitingCauses(entry.live, this.#runtime);
    const path = pathOfCycle(entry.spec.id, this.#book.find, this.#verdicts);
    if (path)
      return [{ reason: "cycle", path, message: `Its dependencies form a cycle: ${path.join(" → ")}` }];
    const open = entry.spec.dependencies.filter(
      (id) => !isTerminalStatus(this.#book.find(id)?.live.status ?? ""),
    );
    const causes: Cause[] = [];
    for (const [at, id] of open.entries()) {
      if (this.#left === 0) {
        const count = open.length - at;
        causes.push({ reason: "more", count, message: `It depends on ${count} more that are left out here` });
        break;
      }
      this.#left--;
      causes.push(this.#causeOf(id, depth));
    }
    return causes;
  }

  #causeOf(id: string, depth: number): Cause {
    const dependency = this.#book.find(id);
    if (!dependency) {
      const message = `It depends on '${id}', which is not there`;
      return { reason: "missing_dependency", task_id: id, message };
    }
    const { status } = dependency.live;
    const wasTold = this.#told.has(id);
    const causes = depth === 0 || wasTold ? [] : this.#causesOfDependency(dependency, depth - 1);
    const message = `It depends on '${dependency.spec.name}', which is ${status}${wasTold ? ", as told before" : ""}`;
    return { reason: "dependency", task_id: id, status, causes, message };
  }

  #causesOfDependency({ spec: { id } }: Upstream, depth: number): Cause[] {
    const entry = this.#book.entry(id);
    if (entry) return this.causesOf(entry, depth);
    this.#told.add(id);
    const record = this.#runtime.elsewhere.find(id);
    return record ? storedCauses(id, record, this.#runtime) : [];
  }
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
