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

const PLAIN_ID = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words that Mermaid reads as something else than a node, in any case. */
const WORDS: ReadonlySet<string> = new Set([
  "accdescr",
  "acctitle",
  "bt",
  "call",
  "class",
  "classdef",
  "click",
  "default",
  "direction",
  "end",
  "flowchart",
  "graph",
  "href",
  "interpolate",
  "linkstyle",
  "lr",
  "rl",
  "style",
  "subgraph",
  "tb",
  "td",
  "_blank",
  "_parent",
  "_self",
  "_top",
]);

/**
 * A Mermaid flow chart: the direction, a line per task, a line per dependency; a task with others inside is a subgraph.
 * O(nodes + edges) and the stack of as many calls as the diagram is deep.
 */
export function toMermaid(diagram: Diagram, options?: DiagramOptions): string {
  const { direction, statuses } = completeOptions(options);
  checkDiagram(diagram);
  const drawing: Drawing = { statuses, ids: new Set(), seen: new Set(), edges: [], groups: [] };
  const nodes = drawTasks(diagram, null, drawing);
  const lines = [`graph ${direction}`, ...nodes, ...drawing.edges, ...drawing.groups];
  if (statuses) lines.push(...statusClasses(drawing.seen));
  return lines.join("\n");
}

interface Drawing {
  readonly statuses: boolean;
  /** All that were given. */
  readonly ids: Set<string>;
  readonly seen: Set<DiagramTask["status"]>;
  readonly edges: string[];
  /** The classes of subgraphs, which take none where they are drawn. */
  readonly groups: string[];
}

/** The lines of tasks; those of their dependencies are added to the drawing. */
function drawTasks(diagram: Diagram, group: string | null, drawing: Drawing): string[] {
  const { tasks } = diagram;
  const ids = nodeIds(tasks, group, drawing.ids);
  const indent = group === null ? "" : "  ";
  const lines = tasks.flatMap((task, node) =>
    drawTask(task, ids[node] ?? "", drawing).map((line) => `${indent}${line}`),
  );
  for (const node of tasks.keys()) {
    for (const dependency of dependenciesOf(diagram, node))
      drawing.edges.push(`${ids[dependency]} --> ${ids[node]}`);
  }
  return lines;
}

function drawTask(task: DiagramTask, id: string, drawing: Drawing): string[] {
  const label = labelLines(task).map(escapeText).join("<br/>");
  drawing.seen.add(task.status);
  const inner = innerOf(task);
  if (inner === null) return [`${id}["${label}"]${drawing.statuses ? `:::${task.status}` : ""}`];
  if (drawing.statuses) drawing.groups.push(`class ${id} ${task.status}`);
  return [`subgraph ${id}["${label}"]`, ...drawTasks(inner, id, drawing), "end"];
}

/** An id for each task, in a group with that of the group before it; none is given twice. */
function nodeIds(tasks: readonly DiagramTask[], group: string | null, given: Set<string>): string[] {
  const prefix = group === null ? "" : `${group}_`;
  const names = new Set(tasks.map(({ name }) => name));
  return tasks.map(({ name }, node) => {
    const isPlain =
      group === null ? PLAIN_ID.test(name) && !WORDS.has(name.toLowerCase()) : /^\w+$/.test(name);
    let id = `${prefix}${isPlain ? name : `n${node}`}`;
    // Another task may really have this name.
    while (given.has(id) || (!isPlain && names.has(id.slice(prefix.length)))) id += "_";
    given.add(id);
    return id;
  });
}

/** Text in which Mermaid and HTML find nothing to interpret. */
const escapeText = (text: string): string =>
  text
    .replaceAll(/\r\n|[\r\n\u2028\u2029]/g, " ")
    .replaceAll(/["#&<>[\]{}`\\]|%(?=%)/g, (character) => `#${character.charCodeAt(0)};`);

/** A class definition for each status that occurs. */
const statusClasses = (present: ReadonlySet<DiagramTask["status"]>): string[] =>
  Object.entries(STATUS_COLOURS)
    .filter(([status]) => present.has(status as DiagramTask["status"]))
    .map(([status, { fill, stroke }]) => `classDef ${status} fill:${fill},stroke:${stroke},color:#111827`);
