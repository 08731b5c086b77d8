import {
  checkDiagram,
  completeOptions,
  type Diagram,
  type DiagramOptions,
  type DiagramTask,
  dependenciesOf,
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
  checkDiagram(diagram);
  const { lines, edges, hasGroups } = drawTasks(diagram, {
    prefix: "",
    indent: "  ",
    statuses,
    ids: new Set(),
  });
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

interface Place {
  readonly prefix: string;
  readonly indent: string;
  readonly statuses: boolean;
  /** The ids that were given. */
  readonly ids: Set<string>;
}

function drawTasks(diagram: Diagram, place: Place): Drawn {
  const lines: string[] = [];
  const edges: string[] = [];
  const anchors: Anchor[] = [];
  const { indent, statuses, ids } = place;
  // The names at the top are ids as they are; those inside of tasks keep out of their way.
  const idsHere = diagram.tasks.map(({ name }) => freeId(`${place.prefix}${name}`, ids));
  for (const [node, task] of diagram.tasks.entries()) {
    const id = idsHere[node] ?? "";
    const inner = innerOf(task);
    if (inner === null) {
      lines.push(`${indent}${quote(id)} [${attributes(task, statuses)}];`);
      anchors.push({ first: id, last: id, cluster: null });
      continue;
    }
    const drawn = drawTasks(inner, { ...place, prefix: `${id}/`, indent: `${indent}  ` });
    const cluster = `cluster_${id}`;
    lines.push(`${indent}subgraph ${quote(cluster)} {`, `${indent}  ${clusterAttributes(task, statuses)}`);
    lines.push(...drawn.lines, `${indent}}`);
    edges.push(...drawn.edges);
    anchors.push({ first: drawn.first, last: drawn.last, cluster });
  }
  const needed = new Set<number>();
  const roots: Anchor[] = [];
  for (const [node, to] of anchors.entries()) {
    const dependencies = dependenciesOf(diagram, node);
    if (dependencies.length === 0) roots.push(to);
    for (const dependency of dependencies) {
      needed.add(dependency);
      edges.push(arrow(anchors[dependency] as Anchor, to));
    }
  }
  const first = roots[0] ?? anchors[0];
  const last = anchors.findLast((_, node) => !needed.has(node)) ?? anchors.at(-1);
  const hasGroups = anchors.some(({ cluster }) => cluster !== null);
  return { lines, edges, hasGroups, first: first?.first ?? "", last: last?.last ?? "" };
}

/** `id`, or one like it that was not given yet. */
function freeId(id: string, given: Set<string>): string {
  let free = id;
  while (given.has(free)) free += "_";
  given.add(free);
  return free;
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
