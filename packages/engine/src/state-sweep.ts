import type { Composition } from "./compose.ts";
import { sweepClosedSessions } from "./session-rows.ts";

/** How much was deleted, as far as can be counted while others write. */
export interface Swept {
  readonly executions: number;
  readonly tasks: number;
  readonly dead_letters: number;
  readonly closed_sessions: number;
}

/** Where each of them lies. */
const PREFIXES = {
  executions: "executions/",
  tasks: "tasks/",
  dead_letters: "dead_letters/",
  closed_sessions: "closed_sessions/",
} as const satisfies Record<keyof Swept, string>;

/** Makes the rounds over what has ended that else are made in the background. O(what is recorded) */
export async function sweepState(
  parts: Pick<Composition, "store" | "taskOrchestrator" | "workflowManager">,
): Promise<Swept> {
  const { store, taskOrchestrator, workflowManager } = parts;
  const count = (prefix: string) => store.list(prefix, { fields: [] }).length;
  const counts = () => Object.values(PREFIXES).map(count);
  const before = counts();
  await workflowManager.sweep();
  await taskOrchestrator.sweep();
  await sweepClosedSessions(taskOrchestrator.runtime);
  const after = counts();
  const gone = before.map((many, at) => Math.max(0, many - (after[at] ?? 0)));
  return Object.fromEntries(
    Object.keys(PREFIXES).map((name, at) => [name, gone[at] ?? 0]),
  ) as unknown as Swept;
}
