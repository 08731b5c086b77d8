import { clean, cut } from "../clean.ts";
import { duration } from "../duration.ts";
import { paint } from "../paint.ts";
import type { RunView, StepView } from "./run-view.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Room for the header and the line that says what is left out. */
const EXTRA_ROWS = 3;

/** What a tree is drawn for. */
export interface TreeOptions {
  readonly columns: number;
  /** Lines that fit, or null. */
  readonly rows: number | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A run as lines: every step under the dependency that comes last before it, with what it does or waits for. When there
 * is no room for all steps, those that move are shown and the others counted.
 */
export function treeLines(view: RunView, options: TreeOptions): string[] {
  const placed = place(view);
  const room = options.rows === null ? placed.length : Math.max(1, options.rows - EXTRA_ROWS);
  const shown = placed.length <= room ? placed : moving(placed).slice(0, room);
  const lines = shown.map(({ step, branch }) => stepLine(step, placed.length <= room ? branch : "", view, options));
  return [header(view, options), ...lines, ...(shown.length < placed.length ? [paint.dim(`  … ${counted(view)}`)] : [])];
}

interface Placed {
  readonly step: StepView;
  readonly branch: string;
}

function header({ workflow, executionId, startedAt, endedAt, status }: RunView, { now, columns }: TreeOptions): string {
  const time = duration(Math.max(0, (endedAt || now) - startedAt));
  const text = `${paint.strong(workflow)}  ${status || "running"}  ${time}`;
  return executionId && columns > 80 ? `${text}  ${paint.dim(executionId)}` : text;
}

/** The steps depth first, each with the branches that lead to it. */
function place(view: RunView): Placed[] {
  const children = new Map<StepView | null, StepView[]>();
  for (const step of view.steps) {
    const parent = parentOf(step, view);
    children.set(parent, [...(children.get(parent) ?? []), step]);
  }
  const placed: Placed[] = [];
  const open = [...(children.get(null) ?? [])].reverse().map((step, index) => ({ step, prefix: "", last: index === 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { step, prefix, last } = next;
    placed.push({ step, branch: `${prefix}${last ? "└─ " : "├─ "}` });
    const below = [...(children.get(step) ?? [])].reverse();
    open.push(...below.map((child, index) => ({ step: child, prefix: `${prefix}${last ? "   " : "│  "}`, last: index === 0 })));
  }
  return placed;
}

/** The dependency on the deepest level; of several the one that is defined last. */
function parentOf({ dependencies }: StepView, view: RunView): StepView | null {
  let parent: StepView | null = null;
  for (const name of dependencies) {
    const step = view.step(name);
    if (step && (parent === null || step.level >= parent.level)) parent = step;
  }
  return parent;
}

/** Steps that run first, then the latest that ended, then those that wait. */
function moving(placed: readonly Placed[]): Placed[] {
  const rank = ({ status }: StepView) => (status === "running" || status === "retrying" ? 0 : status === "waiting" ? 2 : 1);
  return [...placed].sort((a, b) => rank(a.step) - rank(b.step) || b.step.endedAt - a.step.endedAt);
}

/** `12 completed, 1 running, 40 waiting`. */
export function counted({ steps }: RunView): string {
  const counts = new Map<string, number>();
  for (const { status } of steps) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
}

function stepLine(step: StepView, branch: string, view: RunView, { columns, now }: TreeOptions): string {
  const name = clean(step.name);
  const time = timeOf(step, now);
  const used = branch.length + 2 + name.length + 2 + time.length + 2;
  const note = cut(clean(noteOf(step, view)), Math.max(0, columns - used - 1));
  return `${paint.dim(branch)}${sign(step, now)} ${step.status === "waiting" ? paint.dim(name) : name}${time ? `  ${time}` : ""}${note ? `  ${paint.dim(note)}` : ""}`;
}

/** The sign of a step's status; each differs without colour, too. */
export function sign({ status }: Pick<StepView, "status">, now = 0): string {
  switch (status) {
    case "waiting":
      return paint.dim("·");
    case "running":
      return paint.active(now === 0 ? "▶" : (FRAMES[Math.floor(now / 100) % FRAMES.length] ?? "▶"));
    case "retrying":
      return paint.warn("↻");
    case "completed":
      return paint.good("✔");
    case "skipped":
      return paint.dim("○");
    default:
      return paint.bad("✖");
  }
}

const timeOf = ({ startedAt, endedAt }: StepView, now: number): string =>
  startedAt === 0 ? "" : duration(Math.max(0, (endedAt || now) - startedAt));

function noteOf(step: StepView, view: RunView): string {
  if (step.status === "running") {
    const percent = step.fraction === null ? "" : `${Math.floor(step.fraction * 100)} %`;
    return [step.attempt > 1 ? `attempt ${step.attempt}` : "", percent, step.note].filter((part) => part !== "").join("  ");
  }
  if (step.status !== "waiting") return step.note;
  const missing = view.waitsFor(step);
  return missing.length > 0 ? `waits for ${missing.join(", ")}` : "waits for a place";
}
