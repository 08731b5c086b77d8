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
