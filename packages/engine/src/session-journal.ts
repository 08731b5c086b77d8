import type { Clock, EventBus } from "@orch/core";
import type { TaskRuntime, Turn } from "@orch/tasks";
import type { LiveSession } from "./live-session.ts";
import type { SessionEvent } from "./session-events.ts";
import { isOpenIn, writeSession } from "./session-rows.ts";
import { isClosed } from "./session-status.ts";

/** What a {@link SessionJournal} works with. */
export interface SessionJournalInit {
  readonly clock: Clock;
  readonly events: EventBus<SessionEvent>;
  readonly runtime: () => TaskRuntime;
  /** A change is in the store; or another process has closed the session, and it is not. */
  readonly written: (live: LiveSession, isLost: boolean) => void;
}

/**
 * Puts sessions into the store and tells what has happened to them once it is there. Through the loop, so that a process that
 * was fenced changes nothing.
 */
export class SessionJournal {
  readonly #init: SessionJournalInit;

  constructor(init: SessionJournalInit) {
    this.#init = init;
  }

  /** Stores a session and tells of it then; `isNow`: before this returns, where that can be. */
  tell(live: LiveSession, type: SessionEvent["type"], isNow: boolean): void {
    const { clock, events } = this.#init;
    const { sessionId: session_id, userId: user_id, status } = live.session;
    const about = { at: clock.now(), session_id, user_id };
    const event = type === "session_closed" ? { type, ...about, status } : { type, ...about };
    if (live.isImplicit) events.emit(event);
    else this.#write(live, () => events.emit(event), isNow);
  }

  /** Stores a session with the next tick. */
  save(live: LiveSession): void {
    if (!live.isImplicit) this.#write(live, () => {}, false);
  }

  /** Has `receive` called in a turn to come; never when the loop has ended: what is left is taken over by another process. */
  post(receive: (turn: Turn) => void, isNow = false): void {
    const to = { receive: (_: null, turn: Turn) => receive(turn) };
    const runtime = this.#init.runtime();
    if (runtime.error !== null) return;
    if (isNow) runtime.postNow(to, null);
    else runtime.post(to, null);
  }

  #write(live: LiveSession, done: () => void, isNow: boolean): void {
    const { session } = live;
    live.unwritten++;
    this.post((turn) => {
      const isLost = live.isStored && !isOpenIn(session.sessionId, turn);
      const isOver = isClosed(session.status);
      // Who closes it sees to what it holds.
      const owner = isOver ? this.#init.runtime().instance.id : live.owner;
      if (!isLost) writeSession({ session, owner }, turn);
      live.isStored = !isOver;
      turn.afterCommit(() => {
        live.unwritten--;
        if (!isLost) done();
        this.#init.written(live, isLost);
      });
    }, isNow);
  }
}
