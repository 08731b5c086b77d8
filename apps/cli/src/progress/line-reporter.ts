import { toIso } from "@orch/core";
import type { EngineEvent } from "@orch/engine";
import { clean } from "../clean.ts";
import { count } from "../count.ts";
import { duration } from "../duration.ts";
import type { Terminal } from "../terminal.ts";
import type { Reporter } from "./reporter.ts";
import { ended, type RunView } from "./run-view.ts";
import { sign } from "./sign.ts";

/** A line for each thing that happens: for files, pipes and continuous integration. */
export function lineReporter(terminal: Terminal): Reporter {
  return {
    begin: ({ workflow, executionId, steps }) =>
      terminal.out(`${clean(workflow)}: ${count(steps.length, "step")}, execution ${executionId}`),
    event(event, view) {
      const text = textOf(event, view);
      if (text === null || !("step_name" in event)) return;
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
      return `${what} completed ${event.cached ? "from the cache" : `in ${duration(event.execution_time * 1000)}`}`;
    case "step_failed":
      return `${what} ${ended(event.status)}: ${clean(event.error)}`;
    case "step_retrying":
      return `${what} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${clean(event.error)}`;
    case "step_skipped":
      return `${what} skipped: ${clean(event.reason)}`;
    case "step_waiting":
      return `${what} waits: ${clean(event.kind)}${event.until === null ? "" : `, until ${toIso(event.until)}`}`;
    case "item_failed":
      return `${what} item ${event.item} ${ended(event.status)}: ${clean(event.error)}`;
    case "item_retrying":
      return `${what} item ${event.item} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${clean(event.error)}`;
    // As many as there are items: the end of the step says it for all of them.
    case "item_started":
    case "item_completed":
      return null;
    default:
      return undoText(event, what);
  }
}

/** What a line says of a step that is undone. */
function undoText(event: EngineEvent, what: string): string | null {
  switch (event.type) {
    case "undo_started":
      return event.attempt > 1 ? `${what} is undone, attempt ${event.attempt}` : `${what} is undone`;
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
