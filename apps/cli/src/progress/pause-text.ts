import type { EngineEvent } from "@orch/engine";
import { commandText } from "../command-text.ts";

/** What is said when a run, or the one inside of it that `path` leads to, is paused or goes on; null for every other event. */
export function pauseText(event: EngineEvent, path: string): string | null {
  if (event.type === "workflow_paused")
    return `${path}paused by another process; go on with: ${commandText(`resume ${event.execution_id}`)}`;
  return event.type === "workflow_continued" ? `${path}goes on after the pause` : null;
}
