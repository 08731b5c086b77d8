import { type Clock, errorMessage, type Logger, toDate } from "@orch/core";
import { isGone, type TaskRuntime } from "@orch/tasks";
import type { KnownSessions } from "./known-sessions.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionHoldings } from "./session-holdings.ts";
import type { SessionJournal } from "./session-journal.ts";
import { listSessionRows } from "./session-rows.ts";

/** What a {@link SessionRecovery} works with. */
export interface SessionRecoveryInit {
  readonly known: KnownSessions;
  readonly holdings: SessionHoldings;
  readonly journal: SessionJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runtime: () => TaskRuntime;
  /** Takes what one requires, if it has it not; where that cannot be had, it ends, and this throws. */
  readonly equip: (live: LiveSession) => void;
  /** Ends one whose time is over. */
  readonly timeOut: (live: LiveSession) => void;
}

/** Takes over the sessions of processes that are gone. */
export class SessionRecovery {
  readonly #init: SessionRecoveryInit;

  constructor(init: SessionRecoveryInit) {
    this.#init = init;
  }

  /** Takes over the open ones, and frees what closed ones held; resolves with the number of the former. */
  async recover(): Promise<number> {
    const { holdings, known, runtime } = this.#init;
    await holdings.releaseLeft();
    let recovered = 0;
    for (const { session, owner } of listSessionRows(known.store)) {
      if (owner === runtime().instance.id || !(await isGone(owner, runtime()))) continue;
      const live = known.open(session.sessionId);
      if (live !== null && (await this.#takeOver(live, owner))) recovered++;
    }
    return recovered;
  }

  /** Whether it is this process's from now on. */
  async #takeOver(live: LiveSession, from: string): Promise<boolean> {
    const { journal, known, clock, logger, equip, timeOut } = this.#init;
    // Others may have been faster.
    if (!(await journal.claim(live, from)) || !known.follow(live)) return false;
    const { session } = live;
    const { startedAt, timeoutMs, sessionId } = session;
    if (startedAt !== null && timeoutMs !== null && startedAt.getTime() + timeoutMs <= clock.now()) {
      timeOut(live);
      return false;
    }
    try {
      if (startedAt !== null) equip(live);
    } catch (error) {
      logger.warn(`Session ${sessionId} could not be taken over from ${from}: ${errorMessage(error)}`);
      return false;
    }
    session.updatedAt = toDate(clock.now());
    journal.tell(live, "session_recovered", true);
    return true;
  }
}
