import type { Clock, EventBus } from "@orch/core";
import { fence, type TaskRuntime, type Turn } from "@orch/tasks";
import type { LiveSession } from "./live-session.ts";
import type { SessionEvent } from "./session-events.ts";
import { isOpenIn, readSession, readSessionIn, writeSession } from "./session-rows.ts";
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

  /**
   * Takes a session from a process that is gone, which can write nothing from then on; resolves, once that is on disk, with
   * whether it was still that one's: of several who try one gets it. Rejects with what ended the loop.
   */
  claim(live: LiveSession, from: string): Promise<boolean> {
    const { sessionId } = live.session;
    const runtime = this.#init.runtime();
    const { instance } = runtime;
    return new Promise((resolve, reject) => {
      const stop = runtime.onEnd(reject);
      const settle = (isOurs: boolean) => {
        stop();
        resolve(isOurs);
      };
      const decide = (turn: Turn) => {
        const stored = readSessionIn(sessionId, turn);
        const isLeft = stored?.owner === from;
        if (stored && isLeft) {
          writeSession({ session: stored.session, owner: instance.id }, turn);
          fence(from, turn);
          live.owner = instance.id;
          turn.expect((store) => [from, instance.id].includes(readSession(sessionId, store)?.owner ?? ""));
        }
        turn.afterCommit(() => settle(isLeft));
      };
      if (runtime.error === null) this.post(decide, true);
      else reject(runtime.error);
    });
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
