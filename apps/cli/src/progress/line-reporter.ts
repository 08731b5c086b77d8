import { toIso } from "@orch/core";
import { cleanText } from "@orch/core/base";
import type { EngineEvent } from "@orch/engine";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { shortChain } from "../error-chain.ts";
import type { Terminal } from "../terminal.ts";
import { pauseText } from "./pause-text.ts";
import type { Reporter } from "./reporter.ts";
import type { RunView } from "./run-view.ts";
import { sign } from "./sign.ts";
import { ended, itemsNote, type StepView } from "./step-view.ts";

/** A line for each thing that happens: for files, pipes and continuous integration. */
export function lineReporter(terminal: Terminal): Reporter {
  const told: Told = new Map();
  return {
    begin: ({ workflow, executionId, steps }) =>
      terminal.out(`${cleanText(workflow)}: ${count(steps.length, "step")}, execution ${executionId}`),
    event(event, run) {
      const view = run.viewOf(event);
      if (view === undefined || !("execution_id" in event)) return;
      const text =
        pauseText(event, cleanText(view.path)) ?? itemsText(event, view, told) ?? textOf(event, view);
      if (text === null) return;
      terminal.out(`${`+${duration(event.at - run.startedAt)}`.padStart(10)}  ${text}`);
    },
    note: (text) => terminal.err(text),
    printed: (text) => terminal.err(text),
    end: () => {},
  };
}

/** What a line says of an event; null for one that is worth none. */
function textOf(event: EngineEvent, view: RunView): string | null {
  if (!("step_name" in event)) return null;
  const step = view.step(event.step_name);
  if (!step || event.type === "step_progress") return null;
  const name = cleanText(`${view.path}${event.step_name}`);
  const what = `${sign(step)} ${name}`;
  switch (event.type) {
    case "step_started":
      return event.attempt > 1 ? `${what} started, attempt ${event.attempt}` : `${what} started`;
    case "step_completed":
      return `${what} completed ${event.cached ? "from the cache" : `in ${duration(view.workedOf(event.execution_time * 1000, event.at))}`}`;
    case "step_failed":
      return `${what} ${ended(event.status)}: ${cleanText(shortChain(event.error))}`;
    case "step_retrying":
      return `${what} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${cleanText(event.error)}`;
    case "step_skipped":
      return `${what} skipped: ${cleanText(event.reason)}`;
    case "step_waiting":
      if (event.child_execution_id !== null) return `${what} runs execution ${event.child_execution_id}`;
      return `${what} waits: ${cleanText(event.kind)}${event.until === null ? "" : `, until ${toIso(event.until)}`}`;
    case "item_failed":
      return `${sign({ status: statusOf(event.status) })} ${name} item ${event.item} ${ended(event.status)}: ${cleanText(event.error)}`;
    case "item_retrying":
      return `${sign({ status: "retrying" })} ${name} item ${event.item} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${cleanText(event.error)}`;
    // As many as there are items: how many have ended is told now and then.
    case "item_started":
    case "item_waiting":
    case "item_completed":
      return null;
    default:
      return undoText(event, what);
  }
}

const statusOf = (status: string): StepView["status"] =>
  status === "cancelled" || status === "timeout" ? status : "failed";

/** When it was told of the items of a step last, and how long it is told nothing now. Milliseconds. */
type Told = Map<StepView, { readonly at: number; readonly pause: number }>;

/** Between two lines of a step's items, at first; twice as long after each. */
const ITEMS_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;

/** How many items of a step have ended, in a few lines however many there are. */
function itemsText(event: EngineEvent, view: RunView, told: Told): string | null {
  if (event.type !== "item_started" && event.type !== "item_completed") return null;
  const step = view.step(event.step_name);
  if (!step) return null;
  const last = told.get(step) ?? { at: event.at, pause: ITEMS_PAUSE_MS };
  if (!told.has(step)) told.set(step, last);
  if (event.type === "item_started" || event.at - last.at < last.pause) return null;
  told.set(step, { at: event.at, pause: Math.min(LONGEST_PAUSE_MS, last.pause * 2) });
  return `${sign(step)} ${cleanText(`${view.path}${event.step_name}`)} ${itemsNote(step)} so far`;
}

/** What a line says of a step that is undone. */
function undoText(event: EngineEvent, what: string): string | null {
  switch (event.type) {
    case "undo_started":
      return event.attempt > 1 ? `${what} undoing, attempt ${event.attempt}` : `${what} undoing`;
    case "undo_completed":
      return `${what} undone in ${duration(event.execution_time * 1000)}`;
    case "undo_failed":
      return `${what} could not be undone: ${cleanText(event.error)}`;
    case "undo_retrying":
      return `${what} could not be undone, tries again in ${duration(event.delay_seconds * 1000)}: ${cleanText(event.error)}`;
    default:
      return null;
  }
}
