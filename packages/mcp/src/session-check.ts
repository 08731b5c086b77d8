import { OrchestrationError } from "@orch/core";
import { replyText } from "./reply-text.ts";
import type { ToolContext } from "./tool.ts";

/** Throws SESSION_NOT_FOUND for a session that is not there, also where the host has none at all. */
export function checkSession(id: string | undefined, { host }: Pick<ToolContext, "host">): void {
  if (id === undefined || (host.getSession !== undefined && host.getSession(id) !== null)) return;
  throw new OrchestrationError(`Session ${replyText(id, host.config.baseDir)} not found`, {
    code: "SESSION_NOT_FOUND",
    retryable: false,
    suggestions: ["Leave session_id out."],
  });
}
