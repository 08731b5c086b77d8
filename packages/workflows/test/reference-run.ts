import type { OrchestrationMode } from "@orch/core";
import type { FailureMode } from "../src/failure-mode.ts";

/** A step of a random workflow. Steps are numbered; dependencies are lower numbers or higher ones, never in a circle. */
export interface PlanStep {
  readonly dependencies: readonly number[];
  readonly fails: boolean;
  readonly required: boolean;
  /** The condition: none, always false, or that a dependency has completed. */
  readonly condition: "none" | "false" | number;
  /** 0 (critical) to 4. */
  readonly priority: number;
  /** How long it runs; different powers of two, so that no two steps ever end at the same instant. */
  readonly ms: number;
}

/** A random workflow and how it is run. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly onFailure: FailureMode;
  readonly mode: OrchestrationMode;
  readonly limit: number;
}

/** What must come out. */
export interface Expected {
  readonly statuses: readonly string[];
  readonly outputs: readonly (number | null)[];
  /** In the order of their start. */
  readonly started: readonly number[];
  readonly status: "completed" | "failed";
}

/** Runs a plan by the book, looking at every step again at every instant. */
export function referenceRun({ steps, onFailure, mode, limit }: Plan): Expected {
  const statuses: string[] = steps.map(() => "pending");
  const outputs: (number | null)[] = steps.map(() => null);
  const running = new Map<number, number>();
  const started: number[] = [];
  const readySince = new Map<number, number>();
  let stopped = false;
  const level = (node: number): number => Math.max(-1, ...(steps[node]?.dependencies ?? []).map(level)) + 1;
  const rank = (node: number): number[] => {
    if (mode === "sequential") return [level(node), node];
    if (mode === "parallel") return [node];
    const priority = steps[node]?.priority ?? 2;
    return mode === "priority" ? [priority, node] : [priority, readySince.get(node) ?? 0, node];
  };
  /** Nodes whose dependents are skipped. */
  const broken = new Set<number>();
  const fail = (node: number) => {
    statuses[node] = "failed";
    if (steps[node]?.required && onFailure !== "continue") broken.add(node);
    if (!steps[node]?.required || (onFailure !== "stop" && onFailure !== "cancel")) return;
    stopped = true;
    for (const [each, status] of statuses.entries())
      if (status === "pending") statuses[each] = running.has(each) ? "pending" : "skipped";
    if (onFailure !== "cancel") return;
    for (const each of running.keys()) statuses[each] = "cancelled";
    running.clear();
  };
  for (let now = 0, tick = 0; ; tick++) {
    // What became ready or is to be skipped, until nothing changes.
    for (let changed = true; changed; ) {
      changed = false;
      for (const [node, step] of steps.entries()) {
        if (statuses[node] !== "pending" || running.has(node) || readySince.has(node)) continue;
        const unmet =
          step.condition === "false" ||
          (typeof step.condition === "number" && statuses[step.condition] !== "completed");
        const isCutOff = step.dependencies.some((each) => broken.has(each));
        if (!isCutOff && step.dependencies.some((each) => statuses[each] === "pending")) continue;
        if (isCutOff || unmet) statuses[node] = "skipped";
        if (isCutOff || (unmet && step.required)) broken.add(node);
        if (statuses[node] === "pending") readySince.set(node, tick);
        changed = true;
      }
    }
    const waiting = [...readySince.keys()].filter(
      (node) => statuses[node] === "pending" && !running.has(node),
    );
    waiting.sort((a, b) => compare(rank(a), rank(b)));
    for (const node of stopped ? [] : waiting.slice(0, limit - running.size)) {
      running.set(node, now + (steps[node]?.ms ?? 0));
      started.push(node);
    }
    const [next] = [...running].sort((a, b) => a[1] - b[1]);
    if (!next) break;
    const [node, end] = next;
    now = end;
    running.delete(node);
    if (steps[node]?.fails) fail(node);
    else {
      statuses[node] = "completed";
      outputs[node] =
        1 + (steps[node]?.dependencies ?? []).reduce((sum, each) => sum + (outputs[each] ?? 0), 0);
    }
  }
  const failed = steps.some(({ required }, node) => required && statuses[node] === "failed");
  return { statuses, outputs, started, status: failed ? "failed" : "completed" };
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};
