import type { RunOptions, Workflow } from "@orch/workflows";
import type { OrchestrationSession } from "./session.ts";

/** The session that something is run in; an implicit one was made for it. */
export interface SessionScope {
  readonly session: OrchestrationSession;
  readonly isImplicit: boolean;
}

/**
 * The options of a run in a session. What is tighter counts: a sequential session makes its runs so; its limit holds for all
 * of them together, where they run. An option decides.
 */
export function sessionOptions(
  options: RunOptions,
  own: Pick<Workflow, "mode" | "maxParallel">,
  { session, isImplicit }: SessionScope,
): RunOptions {
  const isSequential = !isImplicit && session.mode === "sequential";
  const mode = options.mode ?? (isSequential ? session.mode : (own.mode ?? session.mode));
  if (isImplicit) return { ...options, mode };
  return {
    ...options,
    mode,
    maxParallel: options.maxParallel ?? own.maxParallel ?? session.maxParallelTasks,
  };
}
