import type { JsonObject } from "@orch/core";
import type { Retention } from "../src/retention.ts";

/** A record of a store, as the model sees it. */
export interface ModelTask {
  readonly id: string;
  readonly isOwnId: boolean;
  readonly status: "completed" | "failed" | "running";
  readonly endedAt: number;
  readonly dependencies: readonly string[];
  /** When it gave up, as its dead letter says, or null when it has none. */
  readonly letterAt: number | null;
}

/** What is left when a round is over. */
export interface Left {
  readonly tasks: readonly string[];
  readonly letters: readonly string[];
}

/** Which records stay, said as plainly as can be: everything is looked at at once, again for every question. */
export function leftOver(
  tasks: readonly ModelTask[],
  waiting: readonly (readonly string[])[],
  retention: Retention,
  now: number,
): Left {
  const newest = <Item extends { readonly id: string }>(items: readonly Item[], at: (item: Item) => number) =>
    [...items].sort((a, b) => at(b) - at(a) || (a.id < b.id ? 1 : -1));
  const all = tasks.filter((task): task is ModelTask & { letterAt: number } => task.letterAt !== null);
  const letters = newest(
    all.filter(({ letterAt }) => now - letterAt <= retention.deadLetterMaxAgeMs),
    ({ letterAt }) => letterAt,
  ).slice(0, retention.deadLetterMaxCount);
  const isLetter = ({ id }: ModelTask) => letters.some((each) => each.id === id);
  // What needed it when the round began counts for all of it.
  const needed = new Set([...waiting.flat(), ...all.flatMap(({ dependencies }) => dependencies)]);
  const ended = tasks.filter((task) => task.status !== "running" && !isLetter(task));
  const isYoung = ({ isOwnId, endedAt }: ModelTask) =>
    now - endedAt <= (isOwnId ? Math.max(retention.maxAgeMs, retention.ownIdsMs) : retention.maxAgeMs);
  const first = newest(ended.filter(isYoung), ({ endedAt }) => endedAt).slice(0, retention.maxCount);
  const stays = (task: ModelTask) =>
    task.status === "running" ||
    isLetter(task) ||
    needed.has(task.id) ||
    first.includes(task) ||
    (task.isOwnId && now - task.endedAt <= retention.ownIdsMs);
  return {
    tasks: tasks
      .filter(stays)
      .map(({ id }) => id)
      .sort(),
    letters: letters.map(({ id }) => id).sort(),
  };
}

/** A task as it is stored. */
export const recordOf = ({ status, endedAt, dependencies }: ModelTask): JsonObject => ({
  name: "n",
  module: "m",
  action: "a",
  parameters: {},
  priority: 2,
  status,
  created_at: endedAt,
  ...(status === "running" || endedAt % 5 === 0 ? {} : { ended_at: endedAt }),
  ...(dependencies.length > 0 ? { dependencies: [...dependencies] } : {}),
});
