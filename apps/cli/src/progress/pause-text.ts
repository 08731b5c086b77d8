import type { EngineEvent } from "@orch/engine";
import { commandText } from "../command-text.ts";

/** What is said when a run is paused, or goes on; null for every other event. */
export function pauseText(event: EngineEvent): string | null {
  if (event.type === "workflow_paused")
    return `paused by another process; go on with: ${commandText(`resume ${event.execution_id}`)}`;
  return event.type === "workflow_continued" ? "goes on after the pause" : null;
}
