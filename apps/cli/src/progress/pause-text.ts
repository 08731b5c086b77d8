import { cleanText } from "@orch/core/base";
import type { EngineEvent } from "@orch/engine";
import { answerCommand } from "../answer-command.ts";
import { commandText } from "../command-text.ts";
import { cut } from "../width.ts";

/** Columns of a question that are shown in a line. */
const MOST_ASKED = 300;

/**
 * What is said when a run, or the one inside of it that `path` leads to, is paused, goes on, or waits for somebody's answer,
 * with the command that this needs; null for every other event.
 */
export function pauseText(event: EngineEvent, path: string): string | null {
  if (event.type === "workflow_paused")
    return `${path}paused by another process; go on with: ${commandText(`resume ${event.execution_id}`)}`;
  if (event.type === "step_waiting") {
    const command = answerCommand(event.execution_id, event.step_name, event.kind);
    if (command === null) return null;
    const asks = event.message === undefined ? "" : `: ${cut(cleanText(event.message), MOST_ASKED)}`;
    return `${path}${event.step_name} waits for an answer (${event.kind})${asks}; ${command}`;
  }
  return event.type === "workflow_continued" ? `${path}goes on after the pause` : null;
}
