import { commandText } from "./command-text.ts";

const ASKS: ReadonlySet<string> = new Set(["human.approval", "human.input", "wait.answer"]);

/** The command that answers a step which waits for an answer; null for one that waits for something else. */
export function answerCommand(executionId: string, step: string, kind: string): string | null {
  if (!ASKS.has(kind)) return null;
  const answer = kind === "human.approval" ? "true|false" : "<answer>";
  return commandText(`execution answer ${executionId} ${step} ${answer}`);
}
