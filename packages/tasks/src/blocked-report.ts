import type { BookEntry, Upstream } from "./book-entry.ts";
import type { LiveTask } from "./live-task.ts";
import { isTerminalStatus } from "./task-status.ts";

/** Why a task waits. */
export interface BlockedTask {
  readonly taskId: string;
  readonly reason: "cycle" | "missing_dependency" | "dependency" | "resources";
  /**
   * From the task on: for a cycle the tasks up to the first one that comes again, for a missing dependency up to its id,
   * for a dependency up to a task that is not blocked, for resources those that it lacks. One of more than 64 tasks is cut
   * in the report on all tasks: an ellipsis stands for the rest.
   */
  readonly path: readonly string[];
}

/** The task of an id, whichever process has it. */
type Find = (id: string) => Upstream | undefined;

/** A path in the report on all tasks has this many ids at most: those of a chain would add up to its square. */
const LONGEST_PATH = 64;

interface Verdict {
  readonly reason: "cycle" | "missing_dependency" | "dependency";
  /** The dependency that it is due to. */
  readonly next: string;
}

/** What was found out about tasks: worth keeping for as long as nothing changes. A task whose verdict is null is on the way. */
export type Verdicts = Map<string, Verdict | null>;

/** Why each task that waits does so, in the order of adding. O(tasks + dependencies). */
export function blockedReport(
  entries: Iterable<BookEntry>,
  find: Find,
  shortOf: (task: LiveTask) => readonly string[] | null,
): BlockedTask[] {
  const verdicts: Verdicts = new Map();
  const report: BlockedTask[] = [];
  for (const { spec, live } of entries) {
    const short = shortOf(live);
    if (short) report.push({ taskId: spec.id, reason: "resources", path: [spec.id, ...short] });
    if (live.status !== "blocked") continue;
    report.push(blockedTask(spec.id, find, verdicts, LONGEST_PATH));
  }
  return report;
}

/** Why a task waits that is blocked, with the whole path. O(what it depends on, and so on). */
export function blockedTask(
  taskId: string,
  find: Find,
  verdicts: Verdicts = new Map(),
  longest = Number.POSITIVE_INFINITY,
): BlockedTask {
  const reason = reasonOf(taskId, find, verdicts);
  return { taskId, reason, path: pathFrom(taskId, verdicts, longest) };
}

function reasonOf(id: string, find: Find, verdicts: Verdicts): Verdict["reason"] {
  judge(id, find, verdicts);
  return verdicts.get(id)?.reason ?? "dependency";
}

/** The way from a task back to one that comes again, or null when it is in no cycle and behind none. */
export const pathOfCycle = (id: string, find: Find, verdicts: Verdicts): readonly string[] | null =>
  reasonOf(id, find, verdicts) === "cycle" ? pathFrom(id, verdicts, Number.POSITIVE_INFINITY) : null;

/** A depth-first search with a stack of its own. */
function judge(start: string, find: Find, verdicts: Verdicts): void {
  if (verdicts.has(start)) return;
  const stack = [{ id: start, open: openOf(start, find), at: 0 }];
  verdicts.set(start, null);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const next = top.open[top.at++];
    if (next === undefined) {
      verdicts.set(top.id, verdictOf(top.open, find, verdicts));
      stack.pop();
    } else if (find(next)?.live.status === "blocked" && !verdicts.has(next)) {
      verdicts.set(next, null);
      stack.push({ id: next, open: openOf(next, find), at: 0 });
    } else if (verdicts.get(next) === null) {
      // It leads back to a task on the way.
      verdicts.set(top.id, { reason: "cycle", next });
      stack.pop();
    }
  }
}

const openOf = (id: string, find: Find): readonly string[] =>
  (find(id)?.spec.dependencies ?? []).filter((each) => !isTerminalStatus(find(each)?.live.status ?? ""));

function verdictOf(
  open: readonly string[],
  find: Find,
  verdicts: ReadonlyMap<string, Verdict | null>,
): Verdict {
  for (const next of open) {
    if (find(next) === undefined) return { reason: "missing_dependency", next };
    const reason = verdicts.get(next)?.reason ?? "dependency";
    if (reason !== "dependency") return { reason, next };
  }
  return { reason: "dependency", next: open[0] ?? "" };
}

function pathFrom(start: string, verdicts: ReadonlyMap<string, Verdict | null>, longest: number): string[] {
  const path = new Set([start]);
  for (let at = verdicts.get(start)?.next; at; at = verdicts.get(at)?.next) {
    if (path.has(at)) return [...path, at];
    if (path.size === longest) return [...path, "…"];
    path.add(at);
  }
  return [...path];
}
