import { toIso } from "@orch/core";
import type { EngineEvent } from "@orch/engine";
import { clean } from "../clean.ts";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import { shortChain } from "../error-chain.ts";
import type { Terminal } from "../terminal.ts";
import { pauseText } from "./pause-text.ts";
import type { Reporter } from "./reporter.ts";
import { ended, itemsNote, type RunView, type StepView } from "./run-view.ts";
import { sign } from "./sign.ts";

/** A line for each thing that happens: for files, pipes and continuous integration. */
export function lineReporter(terminal: Terminal): Reporter {
  const told: Told = new Map();
  return {
    begin: ({ workflow, executionId, steps }) =>
      terminal.out(`${clean(workflow)}: ${count(steps.length, "step")}, execution ${executionId}`),
    event(event, view) {
      const text = pauseText(event) ?? itemsText(event, view, told) ?? textOf(event, view);
      if (text === null || !("execution_id" in event)) return;
      terminal.out(`${`+${duration(event.at - view.startedAt)}`.padStart(10)}  ${text}`);
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
  const what = `${sign(step)} ${clean(event.step_name)}`;
  switch (event.type) {
    case "step_started":
      return event.attempt > 1 ? `${what} started, attempt ${event.attempt}` : `${what} started`;
    case "step_completed":
      return `${what} completed ${event.cached ? "from the cache" : `in ${duration(view.workedOf(event.execution_time * 1000, event.at))}`}`;
    case "step_failed":
      return `${what} ${ended(event.status)}: ${clean(shortChain(event.error))}`;
    case "step_retrying":
      return `${what} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${clean(event.error)}`;
    case "step_skipped":
      return `${what} skipped: ${clean(event.reason)}`;
    case "step_waiting":
      return `${what} waits: ${clean(event.kind)}${event.until === null ? "" : `, until ${toIso(event.until)}`}`;
    case "item_failed":
      return `${sign({ status: statusOf(event.status) })} ${clean(event.step_name)} item ${event.item} ${ended(event.status)}: ${clean(event.error)}`;
    case "item_retrying":
      return `${sign({ status: "retrying" })} ${clean(event.step_name)} item ${event.item} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${clean(event.error)}`;
    // As many as there are items: how many have ended is told now and then.
    case "item_started":
    case "item_completed":
      return null;
    default:
      return undoText(event, what);
  }
}

const statusOf = (status: string): StepView["status"] =>
  status === "cancelled" || status === "timeout" ? status : "failed";

/** When it was told of the items of a step last, and how long it is told nothing now. Milliseconds. */
type Told = Map<string, { readonly at: number; readonly pause: number }>;

/** Between two lines of a step's items, at first; twice as long after each. */
const ITEMS_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;

/** How many items of a step have ended, in a few lines however many there are. */
function itemsText(event: EngineEvent, view: RunView, told: Told): string | null {
  if (event.type === "item_started" && !told.has(event.step_name))
    told.set(event.step_name, { at: event.at, pause: ITEMS_PAUSE_MS });
  if (event.type !== "item_completed") return null;
  const step = view.step(event.step_name);
  const last = told.get(event.step_name) ?? { at: event.at, pause: ITEMS_PAUSE_MS };
  if (!step || event.at - last.at < last.pause) return null;
  told.set(event.step_name, { at: event.at, pause: Math.min(LONGEST_PAUSE_MS, last.pause * 2) });
  return `${sign(step)} ${clean(event.step_name)} ${itemsNote(step)} so far`;
}

/** What a line says of a step that is undone. */
function undoText(event: EngineEvent, what: string): string | null {
  switch (event.type) {
    case "undo_started":
      return event.attempt > 1 ? `${what} undoing, attempt ${event.attempt}` : `${what} undoing`;
    case "undo_completed":
      return `${what} undone in ${duration(event.execution_time * 1000)}`;
    case "undo_failed":
      return `${what} could not be undone: ${clean(event.error)}`;
    case "undo_retrying":
      return `${what} could not be undone, tries again in ${duration(event.delay_seconds * 1000)}: ${clean(event.error)}`;
    default:
      return null;
  }
}
