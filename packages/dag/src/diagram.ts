import {
  needArray,
  needIterable,
  needObject,
  needText,
  needWord,
  readArgument,
  wrongArgument,
} from "@orch/core/base";
import { DAGTaskStatus } from "./dag-task.ts";

/** What a diagram shows of a task. */
export interface DiagramTask {
  readonly name: string;
  readonly module: string;
  readonly action: string;
  readonly status: DAGTaskStatus;
  /** What else is to be said of it, such as what it runs. @default "" */
  readonly note?: string;
  /** What is drawn inside of it; one without tasks is as none. @default null */
  readonly inner?: Diagram | null;
}

/** What is drawn: tasks in definition order, and by their numbers what each depends on. */
export interface Diagram {
  readonly tasks: readonly DiagramTask[];
  readonly dependencies: (task: number) => Iterable<number>;
}

/** Where the arrows lead: top down, bottom up, left to right or right to left. */
export const DiagramDirection = { TD: "TD", BT: "BT", LR: "LR", RL: "RL" } as const;
/** One of TD, BT, LR, RL. */
export type DiagramDirection = (typeof DiagramDirection)[keyof typeof DiagramDirection];

/** How a diagram is drawn. */
export interface DiagramOptions {
  /** Where the arrows lead. @default "TD" */
  readonly direction?: DiagramDirection | undefined;
  /** Colours each task by its status. @default false */
  readonly statuses?: boolean | undefined;
}

/** The options with what was left out. Throws INVALID_PARAMETERS for another direction. */
export function completeOptions(options: DiagramOptions = {}): {
  direction: DiagramDirection;
  statuses: boolean;
} {
  needObject("options", options);
  const { direction = "TD", statuses = false } = readArgument("options", () => ({ ...options }));
  return { direction: needWord("direction", direction, Object.values(DiagramDirection)), statuses };
}

/** Throws INVALID_PARAMETERS for what is no diagram, also inside of tasks. O(tasks). */
export function checkDiagram(diagram: unknown, path = "diagram"): void {
  readArgument(path, () => {
    const { tasks, dependencies } = needObject(path, diagram);
    const list = needArray(`${path}.tasks`, tasks);
    if (typeof dependencies !== "function")
      throw wrongArgument(`${path}.dependencies`, "a function", dependencies);
    for (let at = 0; at < list.length; at++) checkTask(list[at], `${path}.tasks[${at}]`);
  });
}

const STATUSES: readonly DAGTaskStatus[] = Object.values(DAGTaskStatus);

function checkTask(task: unknown, path: string): void {
  const { name, module, action, status, note = "", inner = null } = needObject(path, task);
  for (const [key, text] of Object.entries({ name, module, action, note })) needText(`${path}.${key}`, text);
  needWord(`${path}.status`, status, STATUSES);
  if (inner !== null) checkDiagram(inner, `${path}.inner`);
}

/** What a task of a diagram depends on. Throws INVALID_PARAMETERS for what is no task of it. */
export function dependenciesOf({ tasks, dependencies }: Diagram, task: number): number[] {
  const path = `dependencies(${task})`;
  const found = readArgument(path, () => [...needIterable(path, dependencies(task))]);
  for (const each of found)
    if (!(Number.isInteger(each) && Number(each) >= 0 && Number(each) < tasks.length))
      throw wrongArgument(path, `numbers of tasks, from 0 to ${tasks.length - 1}`, each);
  return found as number[];
}

/** Fill and border of each status, for light and dark backgrounds alike. */
export const STATUS_COLOURS: Readonly<
  Record<DAGTaskStatus, { readonly fill: string; readonly stroke: string }>
> = {
  pending: { fill: "#e5e7eb", stroke: "#6b7280" },
  running: { fill: "#bfdbfe", stroke: "#2563eb" },
  completed: { fill: "#bbf7d0", stroke: "#16a34a" },
  failed: { fill: "#fecaca", stroke: "#dc2626" },
  skipped: { fill: "#fef3c7", stroke: "#d97706" },
};

/** The lines of a task's label: its name, its module and action, its note; those that say nothing are left out. */
export function labelLines({ name, module, action, note = "" }: DiagramTask): string[] {
  const calls = module === "" ? "" : action === "" ? module : `${module}.${action}`;
  return [name, ...[calls, note].filter((line) => line !== "")];
}

/** What is drawn inside of a task, or null. */
export const innerOf = ({ inner = null }: DiagramTask): Diagram | null =>
  inner === null || inner.tasks.length === 0 ? null : inner;
