import type { LiveTask } from "./live-task.ts";

/** An action that is about to be called. */
export interface ActionStart {
  /** Whatever name it was asked for by. */
  readonly module: string;
  readonly action: string;
  /** The execution that calls it; null for a task of its own. */
  readonly execution: { readonly id: string; readonly workflow: string } | null;
}

/**
 * Says whether an action may be called in this process: throws why not, which fails its task (a PERMISSION_DENIED without
 * further attempts). Asked before each attempt, also of undos and of results that are cached, after its start is on disk.
 */
export type ActionGate = (start: ActionStart) => void;

/** What a gate is asked for an attempt of a task. */
export const startOf = (task: LiveTask): ActionStart => ({
  module: task.spec.module,
  action: task.spec.action,
  execution: task.owner.originOf?.(task) ?? null,
});
