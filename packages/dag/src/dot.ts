import {
  calls,
  completeOptions,
  type Diagram,
  type DiagramOptions,
  type DiagramTask,
  STATUS_COLOURS,
} from "./diagram.ts";

const RANK_DIRECTIONS = { TD: "TB", BT: "BT", LR: "LR", RL: "RL" } as const;

/** A Graphviz digraph: a line per task, a line per dependency, ids are the quoted names. O(nodes + edges). */
export function toDot(diagram: Diagram, options?: DiagramOptions): string {
  const { direction, statuses } = completeOptions(options);
  const { tasks, dependencies } = diagram;
  const lines = ["digraph {", `  rankdir=${RANK_DIRECTIONS[direction]};`, "  node [shape=box];"];
  for (const task of tasks) lines.push(`  ${quote(task.name)} [${attributes(task, statuses)}];`);
  for (const [node, task] of tasks.entries()) {
    for (const dependency of dependencies(node)) {
      lines.push(`  ${quote((tasks[dependency] as DiagramTask).name)} -> ${quote(task.name)};`);
    }
  }
  return [...lines, "}"].join("\n");
}

function attributes(task: DiagramTask, statuses: boolean): string {
  const called = calls(task);
  const label = called === "" ? escapeText(task.name) : `${escapeText(task.name)}\\n${escapeText(called)}`;
  const { fill, stroke } = STATUS_COLOURS[task.status];
  return `label="${label}"${statuses ? `, style=filled, fillcolor="${fill}", color="${stroke}"` : ""}`;
}

/** In a label a backslash starts an escape and must be doubled; so it is in an id, which is the default label. */
const escapeText = (text: string): string =>
  text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll(/\r\n|[\r\n]/g, " ");

const quote = (name: string): string => `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
