import { didYouMean, type ErrorCode, type ErrorInit, nearestNames, OrchestrationError } from "@orch/core";
import { shownValue } from "@orch/core/base";
import type { DAGProblem } from "./problem.ts";

/** What a {@link DAGValidationError} may carry. */
export interface DAGErrorInit extends ErrorInit {
  readonly problems?: readonly DAGProblem[];
}

/** How many names are searched for near ones. */
const MOST_NAMES = 20_000;

/** A graph has problems, or a change names a task that does not exist or exists already. `details.problems` has all. */
export class DAGValidationError extends OrchestrationError {
  static override readonly code: ErrorCode = "DAG_INVALID";
  static override readonly retryable: boolean = false;
  /** Everything that is wrong; empty where a change was refused. */
  readonly problems: readonly DAGProblem[];

  constructor(message: string, { problems = [], ...init }: DAGErrorInit = {}) {
    super(message, { ...init, details: { ...init.details, problems } });
    this.problems = problems;
  }
}

/** A graph has a cycle, and perhaps other problems, too. */
export class CycleDetectedError extends DAGValidationError {
  static override readonly code: ErrorCode = "DAG_CYCLE";
  /** The first cycle: names of which each depends on the next, the first again at the end. */
  readonly cycle: readonly string[];

  constructor(message: string, cycle: readonly string[], { details, ...init }: DAGErrorInit = {}) {
    super(message, { ...init, details: { ...details, cycle } });
    this.cycle = cycle;
  }
}

/**
 * The error for `problems`, of which there is at least one: a {@link CycleDetectedError} if any is a cycle. The message
 * is that of the first cycle, else of the first problem; after a `prefix` always of the first problem.
 */
export function validationError(problems: readonly DAGProblem[], prefix = ""): DAGValidationError {
  const cycle = problems.find(({ kind }) => kind === "cycle");
  const first = prefix === "" && cycle ? cycle : problems[0];
  const near = problems.find((problem) => problem.near)?.near ?? [];
  const init = { problems, details: near.length > 0 ? { near } : {}, suggestions: suggest(problems, near) };
  const message = `${prefix}${first?.message}`;
  return cycle?.path
    ? new CycleDetectedError(message, cycle.path, init)
    : new DAGValidationError(message, init);
}

function suggest(problems: readonly DAGProblem[], near: readonly string[]): string[] {
  const has = (kind: DAGProblem["kind"]) => problems.some((problem) => problem.kind === kind);
  const suggestions = didYouMean(near);
  if (has("cycle")) suggestions.push("Remove one dependency of each cycle");
  if (has("missing")) suggestions.push("Add the missing task, or remove the dependency on it");
  if (has("duplicate")) suggestions.push("Give each task a name of its own");
  if (has("name")) suggestions.push("Give each task a name");
  return suggestions;
}

/** DAG_INVALID for a name that is none of `names`. */
export function unknownTask(message: string, task: unknown, names: readonly string[]): DAGValidationError {
  const near = typeof task === "string" ? nearestNames(task, names.slice(0, MOST_NAMES)) : [];
  const suggestions = [...didYouMean(near), "Add the task first"];
  return new DAGValidationError(message, {
    details: { task: typeof task === "string" ? task.toWellFormed() : shownValue(task), near },
    suggestions,
  });
}
