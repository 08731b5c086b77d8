import {
  completeOptions,
  type Diagram,
  type DiagramOptions,
  type DiagramTask,
  innerOf,
  labelLines,
  STATUS_COLOURS,
} from "./diagram.ts";

const RANK_DIRECTIONS = { TD: "TB", BT: "BT", LR: "LR", RL: "RL" } as const;

/**
 * A Graphviz digraph: a line per task, a line per dependency, ids are the quoted names; a task with others inside is a
 * cluster, and the ids in it begin with its own. O(nodes + edges) and the stack of as many calls as the diagram is deep.
 */
export function toDot(diagram: Diagram, options?: DiagramOptions): string {
  const { direction, statuses } = completeOptions(options);
  const { lines, edges, hasGroups } = drawTasks(diagram, "", "  ", statuses);
  return [
    "digraph {",
    `  rankdir=${RANK_DIRECTIONS[direction]};`,
    // Lets arrows end at the border of a cluster.
    ...(hasGroups ? ["  compound=true;"] : []),
    "  node [shape=box];",
    ...lines,
    ...edges,
    "}",
  ].join("\n");
}

/** Where arrows to and from a task end: a node, and the cluster at whose border they stop, if any. */
interface Anchor {
  readonly first: string;
  readonly last: string;
  readonly cluster: string | null;
}

interface Drawn {
  readonly lines: string[];
  readonly edges: string[];
  readonly hasGroups: boolean;
  readonly first: string;
  readonly last: string;
}

function drawTasks(
  { tasks, dependencies }: Diagram,
  prefix: string,
  indent: string,
  statuses: boolean,
): Drawn {
  const lines: string[] = [];
  const edges: string[] = [];
  const anchors: Anchor[] = [];
  for (const task of tasks) {
    const id = `${prefix}${task.name}`;
    const inner = innerOf(task);
    if (inner === null) {
      lines.push(`${indent}${quote(id)} [${attributes(task, statuses)}];`);
      anchors.push({ first: id, last: id, cluster: null });
      continue;
    }
    const drawn = drawTasks(inner, `${id}/`, `${indent}  `, statuses);
    const cluster = `cluster_${id}`;
    lines.push(`${indent}subgraph ${quote(cluster)} {`, `${indent}  ${clusterAttributes(task, statuses)}`);
    lines.push(...drawn.lines, `${indent}}`);
    edges.push(...drawn.edges);
    anchors.push({ first: drawn.first, last: drawn.last, cluster });
  }
  const needed = new Set<number>();
  for (const [node, to] of anchors.entries()) {
    for (const dependency of dependencies(node)) {
      needed.add(dependency);
      edges.push(arrow(anchors[dependency] as Anchor, to));
    }
  }
  const first = anchors.find((_, node) => [...dependencies(node)].length === 0) ?? anchors[0];
  const last = anchors.findLast((_, node) => !needed.has(node)) ?? anchors.at(-1);
  const hasGroups = anchors.some(({ cluster }) => cluster !== null);
  return { lines, edges, hasGroups, first: first?.first ?? "", last: last?.last ?? "" };
}

function arrow(from: Anchor, to: Anchor): string {
  const ends = [
    ...(from.cluster === null ? [] : [`ltail=${quote(from.cluster)}`]),
    ...(to.cluster === null ? [] : [`lhead=${quote(to.cluster)}`]),
  ];
  const options = ends.length === 0 ? "" : ` [${ends.join(", ")}]`;
  return `  ${quote(from.last)} -> ${quote(to.first)}${options};`;
}

const labelOf = (task: DiagramTask): string => labelLines(task).map(escapeText).join("\\n");

function attributes(task: DiagramTask, statuses: boolean): string {
  const { fill, stroke } = STATUS_COLOURS[task.status];
  return `label="${labelOf(task)}"${statuses ? `, style=filled, fillcolor="${fill}", color="${stroke}"` : ""}`;
}

const clusterAttributes = (task: DiagramTask, statuses: boolean): string =>
  `label="${labelOf(task)}";${statuses ? ` color="${STATUS_COLOURS[task.status].stroke}";` : ""}`;

/** In a label a backslash starts an escape and must be doubled; so it is in an id, which is the default label. */
const escapeText = (text: string): string =>
  text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/\r\n|[\r\n]/g, " ");

const quote = (name: string): string => `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
