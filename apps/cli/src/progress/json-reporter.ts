import { toIso } from "@orch/core";
import type { EngineEvent } from "@orch/engine";
import type { Terminal } from "../terminal.ts";
import type { Reporter } from "./reporter.ts";

/** One JSON object a line, for programs: `type`, `seq`, `at`, `execution_id` and what the event says. */
export const jsonReporter = (terminal: Terminal): Reporter => ({
  begin: () => {},
  event: (event) => terminal.out(JSON.stringify(asLine(event))),
  note: (text) => terminal.err(text),
  printed: (text) => terminal.err(text),
  end: () => {},
});

/** Progress is not stored and has no sequence number: its `seq` is null. */
function asLine(event: EngineEvent): Record<string, unknown> {
  if (!("execution_id" in event)) return { ...event };
  const { type, at, execution_id, ...rest } = event;
  const { sequence = null, ...facts } = rest as { sequence?: number };
  return { type, seq: sequence, at: toIso(at), execution_id, ...facts };
}
