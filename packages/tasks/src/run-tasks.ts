import { needArray, needCount, needFunction, wrongArgument } from "@orch/core/base";
import { compileGraph, Frontier, type GraphNode } from "@orch/dag";
import { CountingFeed, GraphFeed, LevelFeed } from "./feed.ts";
import { runFibres } from "./fibres.ts";
import { PRIORITY_LEVELS } from "./task-priority.ts";

/** How {@link runTasks} and {@link runDag} run. */
export interface RunTasksOptions<Item> {
  /** How many run at once, a whole number from 1. @default 4 */
  readonly concurrency?: number;
  /** How urgent an item is, 0 (first) to 4; first in, first out within a level. @default all alike */
  readonly priority?: (item: Item) => number;
  /** Aborted: nothing more is started, and the call rejects with its reason at once. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` for every item, a bounded number at once, and resolves to the results in the order of the items. The bare
 * loop: no records, no retries, no time limits; O(1) and one promise per item. The first error rejects, and nothing more is
 * started; what runs is not waited for. Rejects with INVALID_PARAMETERS for a bad concurrency or priority.
 */
export async function runTasks<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Result | PromiseLike<Result>,
  options: RunTasksOptions<Item> = {},
): Promise<Result[]> {
  const { concurrency: limit = 4, signal } = options;
  needCount("concurrency", limit);
  needArray("items", items);
  needFunction("work", work);
  const results = new Array<Result>(items.length);
  const feed = feedOf(items, options);
  await runFibres(feed, (at) => work(items[at] as Item, at), { limit, results, signal });
  return results;
}

/**
 * The same for nodes that depend on each other, given in any order: none is started before its dependencies have ended.
 * Rejects with DAG_CYCLE or DAG_INVALID, with all problems, before anything is started. O(out-degree) per node.
 */
export async function runDag<Node extends GraphNode, Result>(
  nodes: readonly Node[],
  work: (node: Node, index: number) => Result | PromiseLike<Result>,
  options: RunTasksOptions<Node> = {},
): Promise<Result[]> {
  const { concurrency: limit = 4, signal } = options;
  needCount("concurrency", limit);
  needFunction("work", work);
  const feed = new GraphFeed(new Frontier(compileGraph(nodes)), levelsOf(nodes, options));
  const results = new Array<Result>(nodes.length);
  await runFibres(feed, (at) => work(nodes[at] as Node, at), { limit, results, signal });
  return results;
}

function feedOf<Item>(items: readonly Item[], options: RunTasksOptions<Item>): CountingFeed | LevelFeed {
  const levelOf = levelsOf(items, options);
  if (levelOf === null) return new CountingFeed(items.length);
  const feed = new LevelFeed(levelOf);
  for (let at = 0; at < items.length; at++) feed.push(at);
  return feed;
}

/** The level of each item by its place; all are checked before anything runs. */
function levelsOf<Item>(
  items: readonly Item[],
  { priority }: RunTasksOptions<Item>,
): ((at: number) => number) | null {
  if (priority === undefined) return null;
  const levels = new Uint8Array(items.length);
  for (let at = 0; at < items.length; at++) {
    const level = priority(items[at] as Item);
    if (!Number.isInteger(level) || level < 0 || level >= PRIORITY_LEVELS)
      throw wrongArgument(`priority(items[${at}])`, "a whole number from 0 to 4", level);
    levels[at] = level;
  }
  return (at) => levels[at] as number;
}
