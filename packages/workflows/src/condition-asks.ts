import type { Placeholder } from "@orch/core";
import { type ConditionNode, collect, isNode } from "./condition-tree.ts";

/** What a condition asks about, as far as its text tells. */
export interface Asked {
  /** Each `steps.<name>`, with the part that is asked for: `status` of `steps.a.status`; null for the step as a whole. */
  readonly steps: readonly { readonly name: string; readonly part: string | null }[];
  /** Names behind `params.`, but for those that it asks with `has` whether they are there. */
  readonly params: readonly string[];
  /** Texts that `<name>.status` is compared with. */
  readonly statuses: readonly { readonly name: string; readonly text: string }[];
}

/** Reads the parsed expression `root`; `variable` begins the names of those that stand for the `placeholders`. O(nodes). */
export function askedIn(root: unknown, placeholders: readonly Placeholder[], variable: string): Asked {
  const nodes = collect(root);
  const whole = nodes.flatMap((node) => {
    const name = memberOf(node, "steps");
    return name === null ? [] : [{ node, name }];
  });
  const names = new Map(whole.map(({ node, name }) => [node, name]));
  const parts = nodes.flatMap((node) => {
    const [object, key] = accessOf(node);
    const name = isNode(object) ? names.get(object) : undefined;
    return name === undefined ? [] : [{ object, name, part: key ?? null }];
  });
  const partly = new Set(parts.map(({ object }) => object));
  const guarded = new Set(nodes.filter(isHas).flatMap((node) => collect(node.args)));
  const params = (some: readonly ConditionNode[]) =>
    new Set(some.flatMap((node) => memberOf(node, "params") ?? []));
  const optional = params([...guarded]);
  return {
    steps: [
      ...parts.map(({ name, part }) => ({ name, part })),
      ...whole.filter(({ node }) => !partly.has(node)).map(({ name }) => ({ name, part: null })),
    ],
    params: [...params(nodes)].filter((name) => !optional.has(name)),
    statuses: nodes.flatMap((node) =>
      comparedStatuses(node, (side) => statusOf(side, names, placeholders, variable)),
    ),
  };
}

const isHas = ({ op, args }: ConditionNode): boolean =>
  op === "call" && Array.isArray(args) && (args as unknown[])[0] === "has";

/** The object and the key of `object.key` and `object["key"]`; none for other nodes. */
function accessOf({ op, args }: ConditionNode): readonly [unknown, string] | readonly [] {
  if ((op !== "." && op !== "[]") || !Array.isArray(args)) return [];
  const [object, written] = args as unknown[];
  const key = isNode(written) && written.op === "value" ? written.args : written;
  return typeof key === "string" ? [object, key] : [];
}

/** The name in `steps.name` or `params.name`. */
function memberOf(node: ConditionNode, root: "steps" | "params"): string | null {
  const [object, key] = accessOf(node);
  return key !== undefined && isNode(object) && object.op === "id" && object.args === root ? key : null;
}

/** The name of that whose status a node stands for. */
function statusOf(
  node: unknown,
  names: ReadonlyMap<ConditionNode, string>,
  placeholders: readonly Placeholder[],
  variable: string,
): string | null {
  if (!isNode(node)) return null;
  const [object, key] = accessOf(node);
  if (key === "status" && isNode(object)) return names.get(object) ?? null;
  if (node.op !== "id" || typeof node.args !== "string" || !node.args.startsWith(variable)) return null;
  const { name = null, path = [] } = placeholders[Number(node.args.slice(variable.length))] ?? {};
  return path.length === 1 && path[0] === "status" ? name : null;
}

/** The texts that a node compares a status with. */
function comparedStatuses(
  { op, args }: ConditionNode,
  statusOfSide: (node: unknown) => string | null,
): { readonly name: string; readonly text: string }[] {
  if ((op !== "==" && op !== "!=") || !Array.isArray(args)) return [];
  const sides = args as unknown[];
  const [name] = sides.flatMap((side) => statusOfSide(side) ?? []);
  if (name === undefined) return [];
  return sides.flatMap((side) =>
    isNode(side) && side.op === "value" && typeof side.args === "string" ? [{ name, text: side.args }] : [],
  );
}
