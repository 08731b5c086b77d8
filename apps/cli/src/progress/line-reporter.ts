import type { EngineEvent } from "@orch/engine";
import { clean } from "../clean.ts";
import { duration } from "../duration.ts";
import type { Terminal } from "../terminal.ts";
import type { Reporter } from "./reporter.ts";
import type { RunView } from "./run-view.ts";
import { sign } from "./tree.ts";

/** A line for each thing that happens: for files, pipes and continuous integration. */
export function lineReporter(terminal: Terminal): Reporter {
  const line = (at: number, view: RunView, text: string) => terminal.out(`${`+${duration(Math.max(0, at - view.startedAt))}`.padStart(9)}  ${text}`);
  return {
    begin: ({ workflow, executionId, steps }) => terminal.out(`${workflow}: ${steps.length} steps, execution ${executionId}`),
    event(event, view) {
      const text = textOf(event, view);
      if (text !== null && "at" in event) line(event.at, view, text);
    },
    note: (text) => terminal.err(clean(text)),
    end: () => {},
  };
}

function textOf(event: EngineEvent, view: RunView): string | null {
  if (!("step_name" in event)) return null;
  const step = view.step(event.step_name);
  if (!step || event.type === "step_progress") return null;
  const name = clean(event.step_name);
  switch (event.type) {
    case "step_started":
      return `${sign({ status: "running" })} ${name}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`;
    case "step_completed":
      return `${sign(step)} ${name} completed in ${duration(event.execution_time * 1000)}`;
    case "step_failed":
      return `${sign(step)} ${name} ${event.status === "timeout" ? "timed out" : event.status}: ${clean(event.error)}`;
    case "step_retrying":
      return `${sign(step)} ${name} failed, tries again in ${duration(event.delay_seconds * 1000)}: ${clean(event.error)}`;
    case "step_skipped":
      return `${sign(step)} ${name} skipped: ${clean(event.reason)}`;
  }
}
