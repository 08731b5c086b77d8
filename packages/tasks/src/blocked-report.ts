import type { BookEntry, Upstream } from "./book-entry.ts";
import type { LiveTask } from "./live-task.ts";
import { isTerminalStatus } from "./task-status.ts";

/** Why a task waits. */
export interface BlockedTask {
  readonly taskId: string;
  readonly reason: "cycle" | "missing_dependency" | "dependency" | "resources";
  /**
   * From the task on: for a cycle the tasks up to the first one that comes again, for a missing dependency up to its id,
   * for a dependency up to a task that is not blocked, for resources those that it lacks.
   */
  readonly path: readonly string[];
}

/** The task of an id, whichever process has it. */
type Find = (id: string) => Upstream | undefined;

interface Verdict {
  readonly reason: "cycle" | "missing_dependency" | "dependency";
  /** The dependency that it is due to. */
  readonly next: string;
}

/** Why each task that waits does so, in the order of adding. O(tasks + dependencies), and the lengths of the paths. */
export function blockedReport(
  entries: Iterable<BookEntry>,
  find: Find,
  shortOf: (task: LiveTask) => readonly string[] | null,
): BlockedTask[] {
  const verdicts = new Map<string, Verdict | null>();
  const report: BlockedTask[] = [];
  for (const { task, live } of entries) {
    const short = shortOf(live);
    if (short) report.push({ taskId: task.id, reason: "resources", path: [task.id, ...short] });
    if (live.status !== "blocked") continue;
    judge(task.id, find, verdicts);
    const { reason = "dependency" } = verdicts.get(task.id) ?? {};
    report.push({ taskId: task.id, reason, path: pathFrom(task.id, verdicts) });
  }
  return report;
}

/** The way from a task back to one that comes again, or null when it is in no cycle and behind none. */
export function pathOfCycle(id: string, find: Find): readonly string[] | null {
  const verdicts = new Map<string, Verdict | null>();
  judge(id, find, verdicts);
  return verdicts.get(id)?.reason === "cycle" ? pathFrom(id, verdicts) : null;
}

/** Whether a task can never start, unless further tasks are added. */
export const isStuck = ({ reason }: BlockedTask): boolean =>
  reason === "cycle" || reason === "missing_dependency";

/** A depth-first search with a stack of its own; a task whose verdict is null is on the way. */
function judge(start: string, find: Find, verdicts: Map<string, Verdict | null>): void {
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
  (find(id)?.dependencies ?? []).filter((each) => !isTerminalStatus(find(each)?.live.status ?? ""));

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

function pathFrom(start: string, verdicts: ReadonlyMap<string, Verdict | null>): string[] {
  const path = new Set([start]);
  for (let at = verdicts.get(start)?.next; at; at = verdicts.get(at)?.next) {
    if (path.has(at)) return [...path, at];
    path.add(at);
  }
  return [...path];
}
