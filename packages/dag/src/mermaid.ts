import {
  calls,
  completeOptions,
  type Diagram,
  type DiagramOptions,
  type DiagramTask,
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

/** A Mermaid flow chart: the direction, a line per task, a line per dependency. O(nodes + edges). */
export function toMermaid(diagram: Diagram, options?: DiagramOptions): string {
  const { direction, statuses } = completeOptions(options);
  const { tasks, dependencies } = diagram;
  const ids = nodeIds(tasks);
  const lines = [`graph ${direction}`];
  for (const [node, task] of tasks.entries()) {
    lines.push(`${ids[node]}["${label(task)}"]${statuses ? `:::${task.status}` : ""}`);
  }
  for (const node of tasks.keys()) {
    for (const dependency of dependencies(node)) lines.push(`${ids[dependency]} --> ${ids[node]}`);
  }
  if (statuses) lines.push(...statusClasses(tasks));
  return lines.join("\n");
}

function nodeIds(tasks: readonly DiagramTask[]): string[] {
  const names = new Set(tasks.map(({ name }) => name));
  return tasks.map(({ name }, node) => {
    if (PLAIN_ID.test(name) && !WORDS.has(name.toLowerCase())) return name;
    let id = `n${node}`;
    // Another task may really have this name.
    while (names.has(id)) id += "_";
    return id;
  });
}

function label(task: DiagramTask): string {
  const called = calls(task);
  return called === "" ? escapeText(task.name) : `${escapeText(task.name)}<br/>${escapeText(called)}`;
}

/** Text in which Mermaid and HTML find nothing to interpret. */
const escapeText = (text: string): string =>
  text
    .replaceAll(/\r\n|[\r\n\u2028\u2029]/g, " ")
    .replaceAll(/["#&<>[\]{}`\\]|%(?=%)/g, (character) => `#${character.charCodeAt(0)};`);

/** A class definition for each status that occurs. */
function statusClasses(tasks: readonly DiagramTask[]): string[] {
  const present = new Set(tasks.map(({ status }) => status));
  return Object.entries(STATUS_COLOURS)
    .filter(([status]) => present.has(status as DiagramTask["status"]))
    .map(([status, { fill, stroke }]) => `classDef ${status} fill:${fill},stroke:${stroke},color:#111827`);
}
