/** A node of a parsed expression. */
export interface ConditionNode {
  readonly op: string;
  readonly args: unknown;
}

/** Whether `value` is a node. */
export const isNode = (value: unknown): value is ConditionNode =>
  typeof value === "object" && value !== null && "op" in value && "args" in value;

/** All nodes of an expression, in no particular order. O(nodes), of any depth. */
export function collect(root: unknown): ConditionNode[] {
  const found: ConditionNode[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const each = open.pop();
    if (Array.isArray(each)) open.push(...(each as unknown[]));
    if (!isNode(each)) continue;
    found.push(each);
    open.push(each.args);
  }
  return found;
}

/** What goes over a list: each level that stands inside of another one multiplies what there is to do. */
const LOOPS: ReadonlySet<unknown> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** A loop: what it goes over, and what it evaluates for each item. */
export interface ConditionLoop {
  readonly list: ConditionNode;
  readonly bodies: readonly ConditionNode[];
}

/** The loop that a node is; null for none. */
export function loopOf({ op, args }: ConditionNode): ConditionLoop | null {
  const [method, list, within] = op === "rcall" ? (args as unknown[]) : [];
  if (!LOOPS.has(method) || !isNode(list)) return null;
  const [, ...bodies] = Array.isArray(within) ? (within as unknown[]).filter(isNode) : [];
  return { list, bodies };
}

/** The name of a loop of an expression that stands inside of `most` others or more; null for none. O(nodes), of any depth. */
export function loopDeeperThan(most: number, root: unknown): string | null {
  const open: { readonly each: unknown; readonly depth: number }[] = [{ each: root, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { each, depth } = next;
    if (Array.isArray(each)) for (const inner of each as unknown[]) open.push({ each: inner, depth });
    if (!isNode(each)) continue;
    const [method, list, body] = each.op === "rcall" ? (each.args as unknown[]) : [];
    if (!LOOPS.has(method)) {
      open.push({ each: each.args, depth });
      continue;
    }
    if (depth >= most) return String(method);
    // The list that it goes over is made once.
    open.push({ each: list, depth }, { each: body, depth: depth + 1 });
  }
  return null;
}
