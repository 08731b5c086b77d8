import { didYouMean, nearestNames } from "@orch/core";
import { type OrchestrationEngine, type OrchestrationSession, SessionNotFoundError } from "@orch/engine";
import { commandText } from "./command-text.ts";

/** The session of an id, also one that was closed. Throws SESSION_NOT_FOUND, with those that were probably meant. */
export function findSession(id: string, engine: OrchestrationEngine): OrchestrationSession {
  const found = engine.listSessions({ includeClosed: true }).find(({ sessionId }) => sessionId === id);
  if (found === undefined) throw notFound(id, engine, `Session '${id}' not found`);
  return found;
}

/** The same for one in which something can still be run. */
export function findOpenSession(id: string, engine: OrchestrationEngine): OrchestrationSession {
  const found = findSession(id, engine);
  if (engine.getSession(id) !== null) return found;
  throw notFound(id, engine, `Session '${id}' is closed: ${found.status}`);
}

function notFound(id: string, engine: OrchestrationEngine, message: string): SessionNotFoundError {
  const available = engine.listSessions().map(({ sessionId }) => sessionId);
  const near = nearestNames(id, available);
  return new SessionNotFoundError(message, {
    details: { session_id: id, near },
    suggestions: [
      ...didYouMean(near),
      available.length === 0
        ? `Make one: ${commandText("session create")}`
        : `See those that are open: ${commandText("session list")}`,
    ],
  });
}
