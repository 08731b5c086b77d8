import type { JsonObject } from "@orch/core";
import type { DemandPart } from "@orch/resources";
import type { SessionPort, SessionView, Turn } from "@orch/tasks";
import type { KnownSessions } from "./known-sessions.ts";
import { type OrchestrationSession, viewOf } from "./session.ts";
import type { SessionHoldings } from "./session-holdings.ts";
import { readSessionIn, wasClosedIn } from "./session-rows.ts";

/** What the loop sees of sessions. One that was made for a single piece of work bounds and holds nothing. */
export class SessionAccess implements SessionPort {
  readonly #known: KnownSessions;
  readonly #holdings: SessionHoldings;

  constructor(known: KnownSessions, holdings: SessionHoldings) {
    this.#known = known;
    this.#holdings = holdings;
  }

  view(id: string): SessionView | null {
    const session = this.#known.seen(id);
    return session && viewOf(session);
  }

  history(id: string): readonly JsonObject[] {
    return (this.#known.seen(id)?.history ?? []).map((work) => ({ ...work }));
  }

  demandIn(id: string, parts: readonly DemandPart[], kind: "step" | "task"): readonly DemandPart[] {
    const session = this.#made(id);
    return session === null ? parts : this.#holdings.demandIn(session, parts, kind);
  }

  runPlaceOf(id: string): DemandPart | null {
    const session = this.#made(id);
    return session && this.#holdings.runPlaceOf(session);
  }

  standingIn(id: string, turn: Turn): "open" | "paused" | "closed" {
    if (this.#isImplicit(id)) return "open";
    const stored = readSessionIn(id, turn);
    if (stored === null) return wasClosedIn(id, turn) ? "closed" : "open";
    return stored.session.status === "paused" ? "paused" : "open";
  }

  /** A session that somebody has made; also one of another process, in which work of a process that is gone goes on here. */
  #made(id: string): OrchestrationSession | null {
    return this.#isImplicit(id) ? null : this.#known.used(id);
  }

  #isImplicit(id: string): boolean {
    return this.#known.get(id)?.isImplicit === true;
  }
}
