import fc from "fast-check";

/** A node as tests write it. */
export interface TestNode {
  readonly name: string;
  readonly dependencies: readonly string[];
}

/** Edges among at most `size` nodes, `[a, b]`: b depends on a. Some come twice. */
const edges = (size: number, allowed: (a: number, b: number) => boolean) => {
  const node = fc.nat({ max: size - 1 });
  return size === 0
    ? fc.constant([])
    : fc.array(
        fc.tuple(node, node).filter(([a, b]) => allowed(a, b)),
        { maxLength: size * 3 },
      );
};

function toNodes(
  size: number,
  pairs: readonly (readonly [number, number])[],
  listing: readonly number[],
): TestNode[] {
  return listing
    .filter((node) => node < size)
    .map((node) => ({
      name: `n${node}`,
      dependencies: pairs.filter(([, b]) => b === node).map(([a]) => `n${a}`),
    }));
}

const graphs = (maxSize: number, allowed: (a: number, b: number) => boolean) =>
  fc
    .nat({ max: maxSize })
    .chain((size) =>
      fc
        .tuple(
          size > 1 ? edges(size, allowed) : fc.constant([]),
          fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
        )
        .map(([pairs, listing]) => toNodes(size, pairs, listing)),
    );

/** Acyclic graphs, listed in any order. */
export const acyclicNodes = (maxSize = 12): fc.Arbitrary<TestNode[]> => graphs(maxSize, (a, b) => a < b);

/** Graphs with and without cycles, without self-dependencies. */
export const anyNodes = (maxSize = 10): fc.Arbitrary<TestNode[]> => graphs(maxSize, (a, b) => a !== b);

/** The names that `name` depends on, direct or not, by the definition; with `name` where it is on a cycle. */
export function dependenciesByDefinition(nodes: readonly TestNode[], name: string): Set<string> {
  const found = new Set<string>();
  const look = (each: string) => {
    for (const dependency of nodes.find((node) => node.name === each)?.dependencies ?? []) {
      if (found.has(dependency)) continue;
      found.add(dependency);
      look(dependency);
    }
  };
  look(name);
  return found;
}

/** The level of each node by the definition: 0, or one more than the highest level among its dependencies. */
export function levelByDefinition(nodes: readonly TestNode[], name: string): number {
  const dependencies = nodes.find((node) => node.name === name)?.dependencies ?? [];
  return Math.max(-1, ...dependencies.map((each) => levelByDefinition(nodes, each))) + 1;
}
