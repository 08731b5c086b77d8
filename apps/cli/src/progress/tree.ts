import { cleanText } from "@orch/core/base";
import { duration } from "../duration.ts";
import { paint } from "../paint.ts";
import { cut, widthOf } from "../width.ts";
import type { Placed } from "./layout.ts";
import type { RunView } from "./run-view.ts";
import { sign } from "./sign.ts";
import type { StepView } from "./step-view.ts";

/** Room for the header, for the line that says what is left out, and for the cursor. */
const EXTRA_ROWS = 3;
/** A name gets this much before there is a time. */
const MIN_NAME = 6;
/** A note narrower than this says nothing. */
const MIN_NOTE = 6;
/** Names that a waiting step waits for. */
const MOST_NAMED = 3;

/** What a tree is drawn for. */
export interface TreeOptions {
  readonly columns: number;
  /** Lines that fit. */
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A run as lines, none wider than `columns` and fewer than `rows` (2 at least): its steps as they were placed, each with
 * what it does or waits for. When there is no room for all, those that run and those that failed are shown first, then
 * the latest that ended, and the rest is counted.
 */
export function treeLines(view: RunView, placed: readonly Placed[], options: TreeOptions): string[] {
  const room = Math.max(1, options.rows - EXTRA_ROWS);
  const isWhole = placed.length <= room;
  const shown = isWhole ? placed : mostTelling(placed).slice(0, room);
  const lines = shown.map((each) => stepLine(isWhole ? each : { ...each, branch: "" }, isWhole, options));
  const rest = isWhole
    ? []
    : [paint.dim(cut(`  … of ${placed.length}: ${counted(placed)}`, options.columns))];
  return [header(view, options), ...lines, ...rest];
}

function header(view: RunView, { now, columns }: TreeOptions): string {
  const { workflow, executionId, startedAt, endedAt, status } = view;
  const state = `  ${status || "running"}  ${duration(view.workedMs(startedAt, endedAt || now))}`;
  const name = cut(cleanText(workflow), Math.max(1, columns - state.length));
  const id = executionId === "" ? "" : `  ${executionId}`;
  const hasRoom = widthOf(name) + state.length + id.length <= columns;
  return cutPlain(`${paint.strong(name)}${state}${hasRoom ? paint.dim(id) : ""}`, `${name}${state}`, columns);
}

/** `painted` where its plain text fits, else the plain text, cut. */
const cutPlain = (painted: string, plain: string, columns: number): string =>
  widthOf(plain) <= columns ? painted : cut(plain, columns);

const RANK: Readonly<Record<StepView["status"], number>> = {
  running: 0,
  retrying: 0,
  failed: 1,
  timeout: 1,
  cancelled: 2,
  completed: 3,
  skipped: 3,
  waiting: 4,
};

const mostTelling = (placed: readonly Placed[]): Placed[] =>
  [...placed].sort((a, b) => RANK[a.step.status] - RANK[b.step.status] || b.step.endedAt - a.step.endedAt);

/** How many steps are in which state: `12 completed, 1 running, 40 waiting`. */
function counted(placed: readonly Placed[]): string {
  const counts = new Map<string, number>();
  for (const { status } of placed.map(({ step }) => step)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, many]) => `${many} ${status}`).join(", ");
}

/** Branches take half of the line at most; the time and the note are left out where the name would have no room. */
function stepLine(placed: Placed, isWhole: boolean, { columns, now }: TreeOptions): string {
  const { step, view } = placed;
  const branch = shorten(placed.branch, Math.floor(columns / 2));
  const room = columns - branch.length - "✔ ".length;
  const fullTime =
    step.startedAt === 0 ? "" : `  ${duration(view.workedMs(step.startedAt, step.endedAt || now))}`;
  const time = room - fullTime.length < MIN_NAME ? "" : fullTime;
  // Where the branches are left out the name says what it is inside of.
  const name = cut(cleanText(isWhole ? step.name : `${view.path}${step.name}`), room - time.length);
  const left = room - widthOf(name) - time.length - 2;
  const note = left < MIN_NOTE ? "" : cut(cleanText(noteOf(step, view)), left);
  const shownName = step.status === "waiting" ? paint.dim(name) : name;
  return `${paint.dim(branch)}${sign(step, now)} ${shownName}${time}${note === "" ? "" : `  ${paint.dim(note)}`}`;
}

/** Of a long row of branches the end says where a step belongs. */
const shorten = (branch: string, width: number): string =>
  branch.length <= width ? branch : `…${branch.slice(branch.length - Math.max(0, width - 1))}`;

function noteOf(step: StepView, view: RunView): string {
  const note = noteOfStatus(step, view);
  return step.isDetached ? ["detached", note].filter((part) => part !== "").join(", ") : note;
}

function noteOfStatus(step: StepView, view: RunView): string {
  if (step.status === "running") {
    const percent = step.fraction === null ? "" : `${Math.floor(step.fraction * 100)} %`;
    const parts = [step.attempt > 1 ? `attempt ${step.attempt}` : "", percent, step.note];
    return parts.filter((part) => part !== "").join(", ");
  }
  if (step.status !== "waiting") return step.note;
  const missing = view.waitsFor(step);
  if (missing.length === 0) return "waits for a free place";
  const named = missing.slice(0, MOST_NAMED).join(", ");
  const more = missing.length - MOST_NAMED;
  return `waits for ${named}${more > 0 ? ` and ${more} more` : ""}`;
}
