import {
  findLossy,
  isObject,
  type JsonObject,
  type OrchestrationError,
  StorageError,
  toDate,
} from "@orch/core";
import { type SessionPort, shutDown } from "@orch/tasks";
import { sessionClosed, sessionNotFound, sessionPaused, sessionTimedOut } from "./errors.ts";
import { KnownSessions } from "./known-sessions.ts";
import { type LiveSession, liveSession } from "./live-session.ts";
import { OrchestrationSession, type SessionInit, type SessionWork } from "./session.ts";
import { SessionAccess } from "./session-access.ts";
import { SessionHoldings } from "./session-holdings.ts";
import { SessionJournal } from "./session-journal.ts";
import { SessionRecovery } from "./session-recovery.ts";
import { endOf, listSessionRows, sweepSessions } from "./session-rows.ts";
import { isClosed, type SessionStatus } from "./session-status.ts";
import { SessionWatch } from "./session-watch.ts";
import { Work, type WorkInit } from "./session-work.ts";
import type { SessionsInit } from "./sessions-init.ts";

/** Work as it is begun. */
type Begun = Pick<SessionWork, "type" | "name"> & {
  readonly parameters: JsonObject;
};

/**
 * The sessions of an engine. What callers have made is in the store: it is known to all processes, and comes back after a
 * crash. One that is made for a single piece of work is gone with it, and never stored.
 */
export class Sessions {
  /** What the loop sees of them. */
  readonly access: SessionPort;
  readonly #init: SessionsInit;
  readonly #known: KnownSessions;
  readonly #holdings: SessionHoldings;
  readonly #journal: SessionJournal;
  readonly #watch: SessionWatch;
  readonly #recovery: SessionRecovery;
  /** What ends in sessions that were closed, until that is on disk: other processes may have to be asked, and the store be busy. */
  readonly #cancelling = new Set<Promise<void>>();
  /** Why nothing new begins any more, or null. */
  #refusal: OrchestrationError | null = null;

  constructor(init: SessionsInit) {
    this.#init = init;
    const { clock, events, runtime, resourceManager, logger } = init;
    this.#journal = new SessionJournal({
      ...{ clock, events, runtime },
      written: (live, isLost) => (isLost ? this.#lost(live) : this.#forget(live)),
    });
    this.#known = new KnownSessions({
      runtime,
      opened: (live) => {
        live.isHeld = live.session.status === "paused";
        this.#arm(live);
        this.#watch.start();
      },
      followed: (live, isBegun) => {
        if (isBegun) this.#arm(live);
        this.#heed(live);
      },
      lost: (live) => this.#lost(live),
    });
    this.#watch = new SessionWatch({ clock, runtime, look: () => this.#known.followAll() });
    this.#holdings = new SessionHoldings({
      ...{ resourceManager, logger, runtime },
      post: (receive) => this.#journal.post(receive),
      freed: (id) => this.#freed(id),
    });
    this.#recovery = new SessionRecovery({
      ...{ known: this.#known, holdings: this.#holdings, journal: this.#journal, clock, logger, runtime },
      equip: (live) => this.#equip(live, "error"),
      timeOut: (live) => this.#timeOut(live),
    });
    this.access = new SessionAccess(this.#known, this.#holdings);
  }

  /** Makes one; it is stored when this returns, unless another process holds the store just then. Throws INVALID_PARAMETERS. */
  create(init: SessionInit): OrchestrationSession {
    this.needOpen();
    const session = this.#make(init);
    this.#journal.tell(this.#known.keep(liveSession(session, this.#instance)), "session_created", true);
    return session;
  }

  /** The open session of an id, or null. One of another process does not follow. */
  find(id: string): OrchestrationSession | null {
    return this.#known.find(id);
  }

  /** See {@link KnownSessions.list}. */
  list(options: { readonly includeClosed?: boolean } = {}): OrchestrationSession[] {
    return this.#known.list(options);
  }

  /** Ends one and all that runs in it; false for an unknown one. */
  close(id: string, status: "completed" | "cancelled"): boolean {
    this.#refuseDead();
    const live = this.#known.open(id);
    if (live === null) return false;
    this.#close(live, status, sessionClosed(id, status));
    return true;
  }

  /** Refuses new work from now on, or no longer; false for an unknown one. */
  setPaused(id: string, isPaused: boolean): boolean {
    this.#refuseDead();
    const live = this.#known.open(id);
    if (live === null) return false;
    const { session } = live;
    if ((session.status === "paused") === isPaused) return true;
    session.status = isPaused ? "paused" : session.startedAt === null ? "pending" : "active";
    this.#touch(session);
    this.#journal.tell(live, isPaused ? "session_paused" : "session_resumed", true);
    this.#heed(live);
    return true;
  }

  /** What waits in a session starts only while it is not paused, here or by another process. */
  #heed(live: LiveSession): void {
    const isHeld = live.session.status === "paused";
    if (live.isHeld === isHeld) return;
    live.isHeld = isHeld;
    this.#holdings.hold(live.session.sessionId, isHeld);
    if (!isHeld) this.#init.goOn();
  }

  /**
   * Begins work in a session, or in one made for it. Throws SESSION_NOT_FOUND, SESSION_ERROR for a paused one, and
   * RESOURCE_UNAVAILABLE, which ends the session.
   */
  begin(id: string | null, { type, name, parameters }: Begun): Work {
    this.needOpen();
    const live = id === null ? this.#implicit() : this.#require(id);
    const ended = (...end: Parameters<WorkInit["ended"]>) => this.#ended(live, ...end);
    const work = this.#enter(live, parameters, () => new Work({ session: live.session, type, name, ended }));
    live.works.add(work);
    return work;
  }

  /** Throws EXECUTOR_SHUTDOWN from the beginning of the end on, and what has ended the loop: nothing new begins then. */
  needOpen(): void {
    if (this.#refusal !== null) throw this.#refusal;
    this.#refuseDead();
  }

  /** Has `begin` run something in a session. Throws as {@link begin}, and what `begin` throws: then the session is as it was. */
  enter<Result>(id: string, parameters: JsonObject, begin: () => Result): Result {
    return this.#enter(this.#require(id), parameters, begin);
  }

  #enter<Result>(live: LiveSession, parameters: JsonObject, begin: () => Result): Result {
    const { session } = live;
    if (session.status === "paused") throw sessionPaused(session.sessionId);
    const isNew = session.startedAt === null;
    if (isNew) this.#start(live);
    let begun: Result;
    try {
      begun = begin();
    } catch (error) {
      if (isNew) this.#takeBackStart(live);
      throw error;
    }
    this.#touch(session);
    // Who runs it refuses any other.
    if (isObject(parameters) && findLossy(parameters) === null) session.began(structuredClone(parameters));
    this.#journal.save(live);
    if (!live.isImplicit) this.#watch.start();
    return begun;
  }

  /**
   * Closes what nothing was run in for `idleMs`, takes notice of what other processes have closed, and forgets what was closed
   * long ago; returns how many were closed.
   */
  cleanup(idleMs: number): number {
    const now = this.#init.clock.now();
    let closed = 0;
    for (const live of this.#known.live) {
      if (isClosed(live.session.status)) continue;
      const isOver = !this.#known.follow(live) || this.#closeIdle(live, now - idleMs);
      if (isOver) closed++;
    }
    if (listSessionRows(this.#known.store, { closed: true }).length > 0)
      this.#journal.post((turn) => void sweepSessions(now, turn));
    return closed;
  }

  /** Takes over the open sessions of processes that are gone, and frees what closed ones held; resolves with the number of the former. */
  recover(): Promise<number> {
    return this.#recovery.recover();
  }

  /**
   * Nothing new begins. Closes those in which nothing runs, unless all are kept; the others stay as after a crash, and come
   * back with what runs in them. Resolves when all that was to end with a session knows, or can find out.
   */
  async end({ keepsAll }: { readonly keepsAll: boolean }): Promise<void> {
    this.#refusal = shutDown();
    this.#watch.stop();
    const isLost = this.#init.runtime().error !== null;
    for (const live of this.#known.live) {
      const { sessionId } = live.session;
      live.stopTimer();
      if (keepsAll || isLost || !this.#known.follow(live) || live.owner !== this.#instance) continue;
      if (live.works.size > 0 || this.#init.hasOpenWork(sessionId)) continue;
      this.#close(live, "completed", sessionClosed(sessionId, "completed"));
    }
    await Promise.all(this.#cancelling);
  }

  get #instance(): string {
    return this.#init.runtime().instance.id;
  }

  #refuseDead(): void {
    const { error } = this.#init.runtime();
    if (error !== null) throw error;
  }

  #make(init: SessionInit): OrchestrationSession {
    const { newId, clock } = this.#init;
    return new OrchestrationSession({ ...init, sessionId: newId(), createdAt: toDate(clock.now()) });
  }

  #implicit(): LiveSession {
    const live = this.#known.keep(liveSession(this.#make({}), this.#instance, { isImplicit: true }));
    this.#journal.tell(live, "session_created", false);
    return live;
  }

  /** Closes a session of this process in which nothing was run since an instant. */
  #closeIdle(live: LiveSession, since: number): boolean {
    const { sessionId, updatedAt, createdAt } = live.session;
    if (live.isImplicit || live.works.size > 0 || live.owner !== this.#instance) return false;
    if ((updatedAt ?? createdAt).getTime() >= since) return false;
    // Its time begins when that has ended.
    if (this.#init.hasOpenWork(sessionId)) {
      this.#touch(live.session);
      this.#journal.save(live);
    } else this.#close(live, "completed", sessionClosed(sessionId, "completed"));
    return isClosed(live.session.status);
  }

  #require(id: string): LiveSession {
    const live = this.#known.open(id);
    if (live === null) throw sessionNotFound(id);
    return live;
  }

  #start(live: LiveSession): void {
    const { session } = live;
    session.status = "initializing";
    try {
      this.#equip(live, "failed");
    } finally {
      if (!isClosed(session.status)) session.status = "pending";
    }
    session.status = "active";
    session.startedAt = toDate(this.#init.clock.now());
    this.#arm(live);
  }

  /** What it was begun for was refused. */
  #takeBackStart(live: LiveSession): void {
    const { session } = live;
    live.stopTimer();
    this.#holdings.release(session.sessionId);
    session.status = "pending";
    session.startedAt = null;
  }

  /** Takes what the session requires. Where that cannot be had, the session ends, as `failed` says. */
  #equip(live: LiveSession, failed: SessionStatus): void {
    try {
      this.#holdings.take(live.session);
    } catch (error) {
      if (!(error instanceof StorageError)) this.#close(live, failed, error as OrchestrationError);
      throw error;
    }
  }

  #arm(live: LiveSession): void {
    const { startedAt, timeoutMs } = live.session;
    if (startedAt === null || timeoutMs === null) return;
    const { clock } = this.#init;
    const expire = () => {
      // What has not ended then is taken over by another process.
      if (this.#init.runtime().error === null) this.#timeOut(live);
    };
    // Whatever the wall clock has done meanwhile.
    const leftMs = Math.min(timeoutMs, Math.max(0, startedAt.getTime() + timeoutMs - clock.now()));
    live.stopTimer();
    live.stopTimer = clock.setTimer(expire, leftMs, { background: true });
  }

  /** Its time is over. */
  #timeOut(live: LiveSession): void {
    const { sessionId, timeoutMs } = live.session;
    this.#close(live, "cancelled", sessionTimedOut(sessionId, timeoutMs ?? 0));
  }

  #close(live: LiveSession, status: SessionStatus, why: OrchestrationError): void {
    const { session } = live;
    if (isClosed(session.status)) return;
    this.#retire(live, status);
    for (const work of live.works) work.abort(why);
    if (!live.isImplicit) this.#cancelAll(session.sessionId);
    this.#journal.tell(live, "session_closed", true);
    this.#settle(live);
  }

  #cancelAll(id: string): void {
    const cancelled = this.#init.cancelAll(id).then(() => void this.#cancelling.delete(cancelled));
    this.#cancelling.add(cancelled);
  }

  /** Another process has closed it. */
  #lost(live: LiveSession): void {
    const { sessionId } = live.session;
    if (isClosed(live.session.status)) return;
    const status = endOf(sessionId, this.#known.store);
    this.#retire(live, status);
    for (const work of live.works) work.abort(sessionClosed(sessionId, status));
    // That process may have ended before it could ask for that.
    this.#init.cancelHere(sessionId);
    this.#settle(live);
  }

  /** A session that has ended is not known here any more, once that is stored and what it held is free. */
  #forget({ session: { sessionId: id, status }, unwritten, works }: LiveSession): void {
    if (isClosed(status) && unwritten === 0 && works.size === 0 && !this.#holdings.isOccupied(id))
      this.#known.forget(id);
  }

  #retire(live: LiveSession, status: SessionStatus): void {
    live.stopTimer();
    live.session.status = status;
    this.#touch(live.session);
    live.session.completedAt = live.session.updatedAt;
  }

  #ended(live: LiveSession, work: Work, id: string | null, success: boolean): void {
    const { session } = live;
    this.#known.follow(live);
    live.works.delete(work);
    const { clock } = this.#init;
    session.did({ type: work.type, name: work.name, id, success, at: toDate(clock.now()).toISOString() });
    if (isClosed(session.status)) this.#settle(live);
    else if (live.isImplicit)
      this.#close(live, success ? "completed" : "failed", sessionClosed(session.sessionId, "completed"));
    else {
      this.#touch(session);
      this.#journal.save(live);
    }
  }

  /** A place was given back: maybe the last one of a session that was closed while code ran in it. */
  #freed(id: string): void {
    const live = this.#known.get(id);
    if (live !== undefined && isClosed(live.session.status)) this.#settle(live);
  }

  /** Lets go of a session that has ended, as far as that can be by now. */
  #settle(live: LiveSession): void {
    this.#giveBack(live);
    this.#forget(live);
  }

  /** What a closed session has held is free when nothing runs in it any more. */
  #giveBack({ session: { sessionId: id, status }, works, isImplicit }: LiveSession): void {
    if (isImplicit || !isClosed(status) || works.size > 0 || this.#holdings.isOccupied(id)) return;
    this.#holdings.release(id);
  }

  #touch(session: OrchestrationSession): void {
    session.updatedAt = toDate(this.#init.clock.now());
  }
}
