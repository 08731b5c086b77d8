import type { JsonObject } from "@orch/core";
import type { DemandPart } from "@orch/resources";
import type { SessionView } from "./module.ts";
import type { AttemptContext } from "./participant.ts";
import type { Turn } from "./turn.ts";

/** What a loop knows of the sessions that tasks and executions run in: who keeps sessions gives it. Asked inside of turns. */
export interface SessionPort {
  /** What actions see of a session; null for one that is not known. */
  view(sessionId: string): SessionView | null;
  /** What was done in it, oldest first. */
  history(sessionId: string): readonly JsonObject[];
  /**
   * What something that asks for `parts` takes in it: with what bounds how many of its attempts run at once, in all processes,
   * and from the session's own resources where those will do. It can be granted from now on, for as long as the session is
   * open; to a single task only while it is not paused.
   */
  demandIn(sessionId: string, parts: readonly DemandPart[], kind: "step" | "task"): readonly DemandPart[];
  /** What each of its executions takes that is part of no other, from its beginning to its end; null where nothing bounds them. */
  runPlaceOf(sessionId: string): DemandPart | null;
  /** Whether what has not begun may begin in it: not while it is paused, never when it was closed. */
  standingIn(sessionId: string, turn: Turn): "open" | "paused" | "closed";
}

/** Where nobody keeps sessions. */
export const NO_SESSIONS: SessionPort = {
  view: () => null,
  history: () => [],
  demandIn: (_, parts) => parts,
  runPlaceOf: () => null,
  standingIn: () => "open",
};

/** What the context of an attempt says of its session. */
export function sessionContext(
  sessionId: string | null,
  sessions: SessionPort,
): Pick<AttemptContext, "sessionId" | "session" | "history"> {
  if (sessionId === null) return NO_SESSION;
  return { sessionId, session: sessions.view(sessionId), history: sessions.history(sessionId) };
}

/** The same outside of sessions. */
export const NO_SESSION = Object.freeze({ session: null, history: Object.freeze([]) });
