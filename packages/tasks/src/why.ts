import { pathOfCycle, type Verdicts } from "./blocked-report.ts";
import { type BookEntry, isComing, type Upstream } from "./book-entry.ts";
import type { Cause, Why } from "./cause.ts";
import { instanceLiveness, readInstance } from "./instance.ts";
import type { TaskBook } from "./task-book.ts";
import type { TaskRecord } from "./task-record.ts";
import type { TaskRuntime } from "./task-runtime.ts";
import { isTerminalStatus } from "./task-status.ts";
import { haltCauses, shortOf, waitingCauses } from "./waiting-causes.ts";

/** A chain of dependencies is followed this far. */
const DEEPEST = 16;
/** Dependencies that one answer names, at most. */
const MOST = 256;

/** Where tasks of this process are found. */
interface Known {
  readonly book: TaskBook;
  /** The task of an id as its callers see it: also while it is on its way to the book. */
  readonly here: (id: string) => BookEntry | undefined;
}

/**
 * What stands in the way of a task, with the causes of the tasks that it depends on, 16 deep; null for an unknown id. What
 * a task waits for is told once, and at most 256 dependencies are named; a last cause says how many are left out. What it
 * will need when its dependencies have ended, or the delay before a retry is over, is not among it.
 * O(ready tasks + what it depends on); for a task of another process O(unfinished tasks of the others).
 */
export function whyOf(id: string, known: Known, runtime: TaskRuntime): Why | null {
  const entry = known.book.entry(id) ?? known.here(id);
  if (entry) {
    const status = shortOf(entry.live, runtime) ? "blocked" : entry.live.status;
    return { task_id: id, name: entry.spec.name, status, causes: new Inquiry(known, runtime).ask(entry) };
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

/** A task that another one depends on. */
interface Dependency {
  readonly spec: Pick<Upstream["spec"], "name">;
  readonly live: Pick<Upstream["live"], "status">;
}

type DependencyCause = Extract<Cause, { readonly reason: "dependency" | "missing_dependency" }>;

/** What has been told in one answer. */
class Inquiry {
  readonly #known: Known;
  readonly #runtime: TaskRuntime;
  readonly #verdicts: Verdicts = new Map();
  /** Tasks whose causes were told. */
  readonly #told = new Set<string>();
  /** Tasks on the cycles that were told. */
  readonly #cyclic = new Set<string>();
  #left = MOST;

  constructor(known: Known, runtime: TaskRuntime) {
    this.#known = known;
    this.#runtime = runtime;
  }

  ask(entry: BookEntry): Cause[] {
    const { status } = entry.live;
    const waits = status === "blocked" || status === "pending";
    return [...(waits ? haltCauses(this.#runtime) : []), ...this.#causesOf(entry, DEEPEST)];
  }

  #causesOf(entry: BookEntry, depth: number): Cause[] {
    const { id, dependencies } = entry.spec;
    const { status } = entry.live;
    this.#told.add(id);
    if (status !== "blocked" && status !== "pending") return waitingCauses(entry.live, this.#runtime);
    const isNew = isComing(entry);
    const causes: Cause[] = [];
    if (isNew) causes.push({ reason: "submitted", message: "It has just been submitted" });
    const path = pathOfCycle(id, this.#known.book.find, this.#verdicts);
    if (path?.some((each) => !this.#cyclic.has(each))) {
      for (const each of path) this.#cyclic.add(each);
      causes.push({ reason: "cycle", path, message: `Its dependencies form a cycle: ${path.join(" → ")}` });
    }
    const open = dependencies.filter((each) => !isTerminalStatus(this.#find(each, isNew)?.live.status ?? ""));
    for (const [at, each] of open.entries()) {
      if (this.#left === 0) {
        const count = open.length - at;
        causes.push({ reason: "more", count, message: `It depends on ${count} more that are left out here` });
        break;
      }
      this.#left--;
      const cause = this.#causeOf(each, depth, isNew);
      // What only leads around a cycle that was told says nothing new.
      const isNews = cause.reason === "missing_dependency" || cause.causes.length > 0;
      if (isNews || !this.#cyclic.has(each)) causes.push(cause);
    }
    return causes;
  }

  #causeOf(id: string, depth: number, isNew: boolean): DependencyCause {
    const dependency = this.#find(id, isNew);
    if (!dependency) {
      const message = `It depends on '${id}', which is not there`;
      return { reason: "missing_dependency", task_id: id, message };
    }
    const { status } = dependency.live;
    const wasTold = this.#told.has(id);
    const causes = depth === 0 || wasTold ? [] : this.#causesOfDependency(id, depth - 1);
    const message = `It depends on '${dependency.spec.name}', which is ${status}${wasTold ? ", as told before" : ""}`;
    return { reason: "dependency", task_id: id, status, causes, message };
  }

  #causesOfDependency(id: string, depth: number): Cause[] {
    const entry = this.#entry(id);
    if (entry) return this.#causesOf(entry, depth);
    this.#told.add(id);
    const record = this.#stored(id);
    return record ? storedCauses(id, record, this.#runtime) : [];
  }

  #entry(id: string): BookEntry | undefined {
    const { book, here } = this.#known;
    return book.entry(id) ?? here(id);
  }

  /** A task of this process or of another; for one that the book has not seen yet nobody has looked into the store. */
  #find(id: string, isNew: boolean): Dependency | null {
    const found = this.#entry(id) ?? this.#known.book.find(id);
    if (found || !isNew) return found ?? null;
    const record = this.#stored(id);
    return record && { spec: { name: record.name }, live: { status: record.status } };
  }

  #stored(id: string): TaskRecord | null {
    return this.#runtime.error ? null : this.#runtime.elsewhere.find(id);
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
