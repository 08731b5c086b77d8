import type { Ledger, Refusal } from "@orch/resources";
import { type Group, isBefore, isHeldUp } from "./group.ts";
import type { LiveTask } from "./live-task.ts";
import { ticketOf } from "./scheduler.ts";
import { TaskObstacles } from "./task-obstacles.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** Who goes before a ready task. */
interface Contest {
  /** Tasks that take what it waits for as soon as that is free, in the order in which they start. */
  readonly first: readonly LiveTask[];
  /** Per resource or lock how many go first that are no tasks here. */
  readonly others: ReadonlyMap<string, number>;
}

/** What a contest is about. */
interface Scope {
  readonly task: LiveTask;
  readonly obstacles: TaskObstacles;
  /** Running tasks that have to end before it. */
  readonly ending: readonly LiveTask[];
  readonly runtime: TaskRuntime;
}

/**
 * Who goes before `task`, which is ready and lacks what `refusals` say: those that would start, or stand in the queue of a
 * lock before it, if all else that is in its way now were gone. Who holds up its group is told apart. O(ready tasks), and
 * what their different demands lack.
 */
export function contestOf(task: LiveTask, refusals: readonly Refusal[], runtime: TaskRuntime): Contest {
  const only = onlyOneRunning(task, runtime);
  const obstacles = new TaskObstacles(refusals, only);
  const holds = ({ grant }: LiveTask) => grant?.parts.some((part) => obstacles.held.has(part));
  const ending = runtime.attempts.filter((each) => each === only || holds(each));
  const scope: Scope = { task, obstacles, ending, runtime };
  const first = new Set<LiveTask>();
  const rivals: LiveTask[] = [];
  for (const { tasks, group } of runtime.scheduler.queue.classes) {
    const before: LiveTask[] = [];
    for (const other of tasks) {
      if (other.status !== "ready" || other === task) continue;
      const isQueued = obstacles.takeQueued(other);
      const isKeptBack = group !== null && isKept(other, group, scope);
      // It is not looked at before its group has a place, and keeps its own in the queue.
      if (isQueued && isKeptBack) first.add(other);
      else if (isQueued || (isBefore(other, task) && !isKeptBack)) before.push(other);
    }
    const lack = before[0] === undefined ? null : lackBeside(before[0], scope);
    if (lack === null) for (const other of before) rivals.push(other);
    else if (before[0] && staysInFront(before[0], lack, scope)) for (const other of before) first.add(other);
  }
  for (const other of winners(rivals.sort(byOrder), scope)) first.add(other);
  if (task.group?.heldBy) first.delete(task.group.heldBy);
  return { first: [...first].sort(byOrder), others: obstacles.others };
}

const byOrder = (a: LiveTask, b: LiveTask): number => (isBefore(a, b) ? -1 : 1);

/** The task that has to end for `task` to get a worker, or a place in its group, where only one runs. */
function onlyOneRunning({ group }: LiveTask, { scheduler, attempts }: TaskRuntime): LiveTask | undefined {
  if (scheduler.limit === 1) return attempts[0];
  return group?.limit === 1 ? attempts.find((each) => each.group === group) : undefined;
}

/** How many tasks of a group start when those that have to end have ended. */
const placesIn = (of: Group, { ending }: Scope): number =>
  of.limit - of.running + ending.filter((each) => each.group === of).length;

/** Whether one waits for its group, which is not that of the task. */
const isKept = (other: LiveTask, group: Group, scope: Scope): boolean =>
  group !== scope.task.group && (placesIn(group, scope) < 1 || isHeldUp(group, other));

/** What one lacks that is not among what `task` lacks; null for nothing. */
function lackBeside(other: LiveTask, { obstacles, runtime }: Scope): readonly string[] | null {
  const { ledger, clock } = runtime;
  const { demand, id } = other.spec;
  const lacking = demand ? ledger.explain(demand, id, clock.monotonic(), ticketOf(other)) : [];
  return lacking.find(({ watch, never }) => never || !obstacles.coverAll(watch))?.watch ?? null;
}

/** Whether one that lacks `names` and does not start is not passed: in the order of its group, or in the queue of a lock. */
function staysInFront(other: LiveTask, names: readonly string[], { task, runtime }: Scope): boolean {
  if (task.group?.keepsOrder && other.group === task.group) return true;
  const { ledger } = runtime;
  return ticketOf(other) < ticketOf(task) && names.some((name) => excludes(other, task, name, ledger));
}

/** Whether `task` does not get the lock `name` behind `other`, which waits for it. */
function excludes(other: LiveTask, task: LiveTask, name: string, ledger: Ledger): boolean {
  if (!other.spec.demand || !task.spec.demand) return false;
  const { mode } = ledger.askOf(other.spec.demand, name);
  const wanted = ledger.askOf(task.spec.demand, name);
  if (mode === "exclusive" && Object.keys(wanted.amounts).length > 0) return true;
  return mode !== null && wanted.mode !== null && (mode !== "read" || wanted.mode !== "read");
}

/** Those of `rivals` (in their order) that leave no worker, no place in the group or too little of what is needed. */
function winners(rivals: readonly LiveTask[], scope: Scope): LiveTask[] {
  const { task, obstacles, ending, runtime } = scope;
  const { ledger, clock, scheduler } = runtime;
  const { group } = task;
  const { demand } = task.spec;
  const supposed = ledger.suppose(demand, obstacles.held, clock.monotonic());
  const starting: LiveTask[] = [];
  const winning: LiveTask[] = [];
  const taken = new Map<Group, number>();
  for (const other of rivals) {
    const inGroup = other.group === null ? 0 : (taken.get(other.group) ?? 0);
    if (other.group !== null && other.group !== group && inGroup >= placesIn(other.group, scope)) continue;
    const lack = other.spec.demand && supposed.take(other.spec.demand);
    if (lack === null) {
      starting.push(other);
      if (other.group !== null) taken.set(other.group, inGroup + 1);
    } else if (staysInFront(other, lack, scope)) winning.push(other);
  }
  const workers = Math.max(1, scheduler.limit - scheduler.running + ending.length);
  if (starting.length >= workers) return [...winning, ...starting];
  const isShort = demand !== null && supposed.take(demand) !== null;
  const isFull = group !== null && (taken.get(group) ?? 0) >= Math.max(1, placesIn(group, scope));
  for (const other of starting) {
    const takes = isShort && other.spec.demand !== null && supposed.doMeet(other.spec.demand, demand);
    if (takes || (isFull && other.group === group)) winning.push(other);
  }
  return winning;
}
