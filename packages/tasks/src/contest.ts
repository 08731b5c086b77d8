import type { Ledger, Refusal } from "@orch/resources";
import { type Group, isBefore } from "./group.ts";
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

/** A task that is looked at before another one. */
interface Candidate {
  readonly other: LiveTask;
  /** It stands before the other one in the queue of a lock. */
  readonly isQueued: boolean;
  /** The line of its demand that lacks what the other one does not lack; null for none. */
  readonly lacking: number | null;
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
  const candidates: Candidate[] = [];
  for (const { tasks, group, parkedOn } of runtime.scheduler.queue.classes) {
    const before: Omit<Candidate, "lacking">[] = [];
    const isKeptBack = group !== null && group !== task.group && placesIn(group, scope) < 1;
    // What it waits for does not come back here, so that it is not even looked at.
    const isParked =
      parkedOn !== null && !obstacles.coverSome(parkedOn) && !(group?.keepsOrder && group === task.group);
    for (const other of tasks) {
      if (other.status !== "ready" || other === task) continue;
      const isQueued = obstacles.takeQueued(other);
      // It is told as what the order waits for.
      if (other === task.group?.heldBy) continue;
      // It is not looked at before its group has a place, and keeps its own in the queue.
      if (isQueued && isKeptBack) first.add(other);
      else if (isQueued || (isBefore(other, task) && !isKeptBack && !isParked))
        before.push({ other, isQueued });
    }
    const lacking = before[0] === undefined ? null : lackingBeside(before[0].other, scope);
    for (const each of before) candidates.push({ ...each, lacking });
  }
  candidates.sort((a, b) => byOrder(a.other, b.other));
  for (const other of winners(candidates, scope)) first.add(other);
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

/** The first line of its demand for which one lacks something that `task` does not lack; null for none. */
function lackingBeside(other: LiveTask, { obstacles, runtime }: Scope): number | null {
  const { ledger, clock } = runtime;
  const { demand, id } = other.spec;
  const refusals = demand ? ledger.explain(demand, id, clock.monotonic(), ticketOf(other)) : [];
  return refusals.find(({ watch, never }) => never || !obstacles.coverAll(watch))?.line ?? null;
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

/** Those who are not passed, and who leave no worker, no place in the group or too little of what is needed. */
function winners(candidates: readonly Candidate[], scope: Scope): LiveTask[] {
  const { task, obstacles, ending, runtime } = scope;
  const { ledger, clock, scheduler } = runtime;
  const { group } = task;
  const { demand } = task.spec;
  const supposed = ledger.suppose(demand, obstacles.held, clock.monotonic());
  const starting: LiveTask[] = [];
  const winning: LiveTask[] = [];
  /** How many of a group can start yet: none where one that waits holds up the others. */
  const places = new Map<Group, number>();
  for (const { other, isQueued, lacking } of candidates) {
    const of = other.group;
    const left = of === null ? 1 : (places.get(of) ?? placesIn(of, scope));
    if (left < 1 && of !== group) {
      if (isQueued) winning.push(other);
      continue;
    }
    const wanted = other.spec.demand;
    const lack = wanted && supposed.take(wanted, lacking);
    if (lack === null) {
      starting.push(other);
      if (of !== null) places.set(of, left - 1);
      continue;
    }
    if (wanted) supposed.wait(wanted, lack);
    if (of?.keepsOrder && of !== group) places.set(of, 0);
    if (staysInFront(other, lack, scope)) winning.push(other);
  }
  const workers = Math.max(1, scheduler.limit - scheduler.running + ending.length);
  if (starting.length >= workers) return [...winning, ...starting];
  const isShort = demand !== null && supposed.take(demand) !== null;
  const inGroup = group === null ? 0 : starting.filter((other) => other.group === group).length;
  const isFull = group !== null && inGroup >= Math.max(1, placesIn(group, scope));
  for (const other of starting) {
    const takes = isShort && other.spec.demand !== null && supposed.doMeet(other.spec.demand, demand);
    if (takes || (isFull && other.group === group)) winning.push(other);
  }
  return winning;
}
