import {
  type Clock,
  type EventBus,
  errorMessage,
  findLossy,
  type IdGenerator,
  isObject,
  type JsonObject,
  type Logger,
  type OrchestrationError,
  StorageError,
  toDate,
} from "@orch/core";
import { LONGEST_MS } from "@orch/core/base";
import { type DemandPart, type Requirements, type ResourceManager, resourceOf } from "@orch/resources";
import {
  isGone,
  type SessionPort,
  type SessionView,
  shutDown,
  TaskCancelledError,
  type TaskRuntime,
  type Turn,
} from "@orch/tasks";
import {
  sessionClosed,
  sessionNotFound,
  sessionPaused,
  sessionTimedOut,
  sessionUnequipped,
} from "./errors.ts";
import { OrchestrationSession, type SessionInit, type SessionWork, viewOf } from "./session.ts";
import type { SessionEvent } from "./session-events.ts";
import {
  isOpen,
  isOpenIn,
  listSessionRows,
  readSession,
  sweepSessions,
  writeSession,
} from "./session-rows.ts";
import { isClosed, type SessionStatus } from "./session-status.ts";
import { Work } from "./session-work.ts";
import { Turnstile } from "./turnstile.ts";

/** What {@link Sessions} need of the world. */
export interface SessionsInit {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: IdGenerator;
  readonly events: EventBus<SessionEvent>;
  readonly resourceManager: ResourceManager;
  /** The loop, once there is one. */
  readonly runtime: () => TaskRuntime;
  /** Ends the tasks and executions of a session, also those that nobody waits for. */
  readonly cancelAll: (sessionId: string) => void;
  /** Whether tasks or executions of a session have not ended. */
  readonly hasOpenWork: (sessionId: string) => boolean;
}

/** An open session in this process. */
interface LiveSession {
  readonly session: OrchestrationSession;
  /** Made for one piece of work; never stored. */
  readonly isImplicit: boolean;
  readonly works: Set<Work>;
  readonly turnstile: Turnstile;
  /** The process that keeps it: that one closes it when nothing is run in it for long, or at its own end. */
  owner: string;
  /** Whether it is among the open ones in the store. */
  isStored: boolean;
  /** Changes that are on their way to the store: until they are there, what it says of the session is older. */
  unwritten: number;
  stopTimer: () => void;
}

/** Work as it is begun. */
type Begun = Pick<SessionWork, "type" | "name"> & {
  readonly parameters: JsonObject;
  /** The caller's: while the work waits for its turn, it gives up when this aborts. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * The sessions of an engine. What callers have made is in the store: it is known to all processes, and comes back after a
 * crash. One that is made for a single piece of work is gone with it, and never stored. Changes go through the loop, so
 * that a process that was fenced changes nothing.
 */
export class Sessions implements SessionPort {
  readonly #init: SessionsInit;
  /** Those that have ended are among them until that is in the store, and nothing runs in them. */
  readonly #live = new Map<string, LiveSession>();
  /** Those whose places the ledger knows. */
  readonly #places = new Set<string>();
  /** Why nothing new begins any more, or null. */
  #refusal: OrchestrationError | null = null;

  constructor(init: SessionsInit) {
    this.#init = init;
    init.resourceManager.onFreed((names) => {
      for (const name of names) this.#freed(name);
    });
  }

  /** Makes one; it is stored when this returns, unless another process holds the store just then. Throws INVALID_PARAMETERS. */
  create(init: SessionInit): OrchestrationSession {
    this.needOpen();
    const session = this.#make(init);
    this.#tell(this.#keep(session), "session_created", true);
    return session;
  }

  /** The open session of an id, or null. One of another process does not follow. */
  find(id: string): OrchestrationSession | null {
    const live = this.#live.get(id);
    if (live !== undefined) this.#follow(live);
    return this.#known(id);
  }

  /** The open ones, and with `includeClosed` those that were, in the order of their creation. O(sessions). */
  list({ includeClosed = false }: { readonly includeClosed?: boolean } = {}): OrchestrationSession[] {
    for (const live of this.#live.values()) this.#follow(live);
    const here = [...this.#live.values()].map(({ session }) => session);
    const stored = listSessionRows(this.#store).map(({ session }) => session);
    const closed = includeClosed ? listSessionRows(this.#store, { closed: true }) : [];
    const all = [...stored, ...closed.map(({ session }) => session), ...here];
    const byId = new Map(all.map((session) => [session.sessionId, session]));
    return [...byId.values()]
      .filter(({ status }) => includeClosed || !isClosed(status))
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  /** Ends one and all that runs in it; false for an unknown one. */
  close(id: string, status: "completed" | "cancelled"): boolean {
    this.#refuseDead();
    const live = this.#open(id);
    if (live === null) return false;
    this.#close(live, status, sessionClosed(id, status));
    return true;
  }

  /** Refuses new work from now on, or no longer; false for an unknown one. */
  setPaused(id: string, isPaused: boolean): boolean {
    this.#refuseDead();
    const live = this.#open(id);
    if (live === null) return false;
    const { session } = live;
    if ((session.status === "paused") === isPaused) return true;
    session.status = isPaused ? "paused" : session.startedAt === null ? "pending" : "active";
    this.#touch(session);
    this.#tell(live, isPaused ? "session_paused" : "session_resumed", true);
    return true;
  }

  /**
   * Begins work in a session, or in one made for it; resolves when its turn has come. Rejects with SESSION_NOT_FOUND,
   * SESSION_ERROR for a paused one, RESOURCE_UNAVAILABLE, which ends the session, with what ended it meanwhile, and CANCELLED.
   */
  async begin(id: string | null, { type, name, parameters, signal }: Begun): Promise<Work> {
    this.needOpen();
    const live = id === null ? this.#implicit() : this.#require(id);
    this.enter(live.session.sessionId, parameters);
    const work = new Work({
      session: live.session,
      type,
      name,
      ended: (...end) => this.#ended(live, ...end),
    });
    live.works.add(work);
    try {
      // Work that has a session of its own waits for nobody.
      const gaveUp = signal && !live.isImplicit ? AbortSignal.any([signal, work.signal]) : work.signal;
      if (type !== "task") await live.turnstile.enter(gaveUp);
    } catch {
      live.works.delete(work);
      this.#giveBack(live);
      this.#forget(live);
      throw work.failure ?? new TaskCancelledError(`'${name}' was cancelled before it began`);
    }
    return work;
  }

  /** Throws EXECUTOR_SHUTDOWN from the beginning of the end on, and what has ended the loop: nothing new begins then. */
  needOpen(): void {
    if (this.#refusal !== null) throw this.#refusal;
    this.#refuseDead();
  }

  /** Something is run in a session, from now on. Throws as {@link begin} rejects. */
  enter(id: string, parameters: JsonObject): void {
    const live = this.#require(id);
    const { session } = live;
    if (session.status === "paused") throw sessionPaused(id);
    if (session.startedAt === null) this.#start(live);
    this.#touch(session);
    // Who runs it refuses any other.
    if (isObject(parameters) && findLossy(parameters) === null) session.began(structuredClone(parameters));
    this.#write(live, () => {}, false);
  }

  view(id: string): SessionView | null {
    const session = this.#known(id);
    return session && viewOf(session);
  }

  history(id: string): readonly JsonObject[] {
    return (this.#known(id)?.history ?? []).map((work) => ({ ...work }));
  }

  placeOf(id: string): DemandPart | null {
    const session = this.#live.get(id)?.isImplicit === true ? null : this.#known(id);
    if (session === null) return null;
    const { mode, maxParallelTasks } = session;
    if (!this.#places.has(id)) {
      const capacity = mode === "sequential" ? 1 : maxParallelTasks;
      this.#init.runtime().ledger.needed.need({ id: placesOf(id), type: "semaphore", capacity });
      this.#places.add(id);
    }
    return { resource: placesOf(id), mode: "read", amounts: 1 };
  }

  /**
   * Closes what nothing was run in for `idleMs`, takes notice of what other processes have closed, and forgets what was closed
   * long ago; returns how many were closed.
   */
  cleanup(idleMs: number): number {
    const now = this.#init.clock.now();
    let closed = 0;
    for (const live of this.#live.values()) {
      if (isClosed(live.session.status)) continue;
      const isOver = !this.#follow(live) || this.#closeIdle(live, now - idleMs);
      if (isOver) closed++;
    }
    if (listSessionRows(this.#store, { closed: true }).length > 0)
      this.#post((turn) => void sweepSessions(now, turn), false);
    return closed;
  }

  /** Takes over the open sessions of processes that are gone, and frees what closed ones held; resolves with the number of the former. */
  async recover(): Promise<number> {
    await this.#freeLeft();
    let recovered = 0;
    for (const { session, owner } of listSessionRows(this.#store)) {
      if (owner === this.#instance || !(await isGone(owner, this.#init.runtime()))) continue;
      const live = this.#open(session.sessionId);
      // Others may have been faster.
      if (live?.owner === owner && this.#takeOver(live)) recovered++;
    }
    return recovered;
  }

  /** A process may go between the end of a session and that of the code that ran in it. */
  async #freeLeft(): Promise<void> {
    const { resourceManager, runtime } = this.#init;
    for (const { session, owner } of listSessionRows(this.#store, { closed: true })) {
      const { sessionId: id } = session;
      if (resourceManager.getUserAllocations(id).length === 0) continue;
      if (await isGone(owner, runtime())) resourceManager.deallocateResources(id);
    }
  }

  /**
   * Nothing new begins. Closes those in which nothing runs, unless all are kept; the others stay as after a crash, and come
   * back with what runs in them.
   */
  end({ keepsAll }: { readonly keepsAll: boolean }): void {
    this.#refusal = shutDown();
    const isLost = this.#init.runtime().error !== null;
    for (const live of this.#live.values()) {
      const { sessionId } = live.session;
      live.stopTimer();
      if (keepsAll || isLost || !this.#follow(live) || live.owner !== this.#instance) continue;
      if (live.works.size > 0 || this.#init.hasOpenWork(sessionId)) continue;
      this.#close(live, "completed", sessionClosed(sessionId, "completed"));
    }
  }

  get #store() {
    const { store, closing } = this.#init.runtime();
    if (closing !== null) throw closing;
    return store;
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

  #keep(session: OrchestrationSession, more: Partial<LiveSession> = {}): LiveSession {
    const turnstile = new Turnstile(session.maxParallelWorkflows);
    const live = {
      session,
      isImplicit: false,
      works: new Set<Work>(),
      turnstile,
      owner: this.#instance,
      isStored: false,
      unwritten: 0,
      stopTimer: () => {},
      ...more,
    };
    this.#live.set(session.sessionId, live);
    return live;
  }

  #implicit(): LiveSession {
    const live = this.#keep(this.#make({}), { isImplicit: true });
    this.#tell(live, "session_created", false);
    return live;
  }

  /** The session of an id, kept here from now on; null for an unknown one. */
  #open(id: string): LiveSession | null {
    const known = this.#live.get(id);
    if (known) return this.#follow(known) ? known : null;
    const stored = typeof id === "string" ? readSession(id, this.#store) : null;
    if (stored === null) return null;
    const live = this.#keep(stored.session, { isStored: true, owner: stored.owner });
    this.#arm(live);
    return live;
  }

  /** As {@link find}, of what is known without looking what others have done: in the middle of a turn. */
  #known(id: string): OrchestrationSession | null {
    const session = this.#live.get(id)?.session ?? readSession(id, this.#store)?.session;
    return session === undefined || isClosed(session.status) ? null : session;
  }

  /** Takes what other processes have stored of a session, unless a change of ours is on its way; false for one that is closed. */
  #follow(live: LiveSession): boolean {
    const { session } = live;
    if (isClosed(session.status)) return false;
    if (!live.isStored || live.unwritten > 0 || this.#init.runtime().error !== null) return true;
    if (!isOpen(session.sessionId, this.#store)) {
      this.#lost(live);
      return false;
    }
    const stored = readSession(session.sessionId, this.#store);
    if (stored === null) return true;
    const isBegun = session.startedAt === null && stored.session.startedAt !== null;
    session.follow(stored.session);
    live.owner = stored.owner;
    if (isBegun) this.#arm(live);
    return true;
  }

  /** Closes a session of this process in which nothing was run since an instant. */
  #closeIdle(live: LiveSession, since: number): boolean {
    const { sessionId, updatedAt, createdAt } = live.session;
    if (live.isImplicit || live.works.size > 0 || live.owner !== this.#instance) return false;
    if ((updatedAt ?? createdAt).getTime() >= since) return false;
    // Its time begins when that has ended.
    if (this.#init.hasOpenWork(sessionId)) {
      this.#touch(live.session);
      this.#write(live, () => {}, false);
    } else this.#close(live, "completed", sessionClosed(sessionId, "completed"));
    return isClosed(live.session.status);
  }

  #require(id: string): LiveSession {
    const live = this.#open(id);
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

  /** Takes what the session requires, unless it has it. Where it cannot, the session ends, as `failed` says. */
  #equip(live: LiveSession, failed: SessionStatus): void {
    const { sessionId: id, resourceRequirements } = live.session;
    const { resourceManager } = this.#init;
    const isEquipped =
      Object.keys(resourceRequirements).length === 0 || resourceManager.getUserAllocations(id).length > 0;
    if (isEquipped) return;
    try {
      // Held until the session is closed, whatever lease the resources have.
      resourceManager.allocateResourcesOrThrow(id, resourceRequirements as Requirements, {
        timeoutMs: LONGEST_MS,
      });
    } catch (error) {
      // Nobody knows whether it is there: another process holds the store just now.
      if (error instanceof StorageError) throw error;
      const failure = sessionUnequipped(id, resourceRequirements, error);
      this.#close(live, failed, failure);
      throw failure;
    }
  }

  #arm(live: LiveSession): void {
    const { startedAt, timeoutMs, sessionId } = live.session;
    if (startedAt === null || timeoutMs === null) return;
    const { clock } = this.#init;
    const expire = () => {
      // What has not ended then is taken over by another process.
      if (this.#init.runtime().error !== null) return;
      this.#close(live, "cancelled", sessionTimedOut(sessionId, timeoutMs));
    };
    // Whatever the wall clock has done meanwhile.
    const leftMs = Math.min(timeoutMs, Math.max(0, startedAt.getTime() + timeoutMs - clock.now()));
    live.stopTimer();
    live.stopTimer = clock.setTimer(expire, leftMs, { background: true });
  }

  #takeOver(live: LiveSession): boolean {
    const { clock } = this.#init;
    const { session, owner } = live;
    const { startedAt, timeoutMs, sessionId: id } = session;
    live.owner = this.#instance;
    if (startedAt !== null && timeoutMs !== null && startedAt.getTime() + timeoutMs <= clock.now()) {
      this.#close(live, "cancelled", sessionTimedOut(id, timeoutMs));
      return false;
    }
    try {
      if (startedAt !== null) this.#equip(live, "error");
    } catch (error) {
      this.#init.logger.warn(`Session ${id} could not be taken over from ${owner}: ${errorMessage(error)}`);
      return false;
    }
    this.#touch(session);
    this.#tell(live, "session_recovered", true);
    return true;
  }

  #close(live: LiveSession, status: SessionStatus, why: OrchestrationError): void {
    const { session } = live;
    if (isClosed(session.status)) return;
    this.#retire(live, status);
    for (const work of live.works) work.abort(why);
    if (!live.isImplicit) this.#init.cancelAll(session.sessionId);
    this.#tell(live, "session_closed", true);
    this.#giveBack(live);
    this.#forget(live);
  }

  /** Another process has closed it. */
  #lost(live: LiveSession): void {
    const { sessionId } = live.session;
    if (isClosed(live.session.status)) return;
    this.#retire(live, "completed");
    for (const work of live.works) work.abort(sessionClosed(sessionId, "completed"));
    this.#giveBack(live);
    this.#forget(live);
  }

  /** A session that has ended is not known here any more, once that is stored and what it held is free. */
  #forget({ session: { sessionId: id, status }, unwritten, works }: LiveSession): void {
    if (isClosed(status) && unwritten === 0 && works.size === 0 && !this.#isOccupied(id))
      this.#live.delete(id);
  }

  #retire(live: LiveSession, status: SessionStatus): void {
    live.stopTimer();
    live.session.status = status;
    this.#touch(live.session);
    live.session.completedAt = live.session.updatedAt;
  }

  #ended(live: LiveSession, work: Work, id: string | null, success: boolean): void {
    const { session } = live;
    this.#follow(live);
    live.works.delete(work);
    if (work.type !== "task") live.turnstile.leave();
    const { clock } = this.#init;
    session.did({ type: work.type, name: work.name, id, success, at: toDate(clock.now()).toISOString() });
    if (isClosed(session.status)) {
      this.#giveBack(live);
      this.#forget(live);
    } else if (live.isImplicit)
      this.#close(live, success ? "completed" : "failed", sessionClosed(session.sessionId, "completed"));
    else {
      this.#touch(session);
      this.#write(live, () => {}, false);
    }
  }

  /** A place was given back: maybe the last one of a session that was closed while code ran in it. */
  #freed(name: string): void {
    const live = name.startsWith(PLACES) ? this.#live.get(name.slice(PLACES.length)) : undefined;
    if (live === undefined || !isClosed(live.session.status)) return;
    this.#giveBack(live);
    this.#forget(live);
  }

  /** Whether code of this process runs in a session, also such as nobody waits for any more. O(what runs) */
  #isOccupied(id: string): boolean {
    const places = placesOf(id);
    return this.#init.runtime().attempts.some(({ grant }) => grant?.parts.map(resourceOf).includes(places));
  }

  /** What a closed session has held is free when nothing runs in it any more. */
  #giveBack({ session: { sessionId: id, status }, works, isImplicit }: LiveSession): void {
    if (isImplicit || !isClosed(status) || works.size > 0 || this.#isOccupied(id)) return;
    try {
      this.#init.resourceManager.deallocateResources(id);
    } catch (error) {
      this.#init.logger.error(`What session ${id} held is not free: ${errorMessage(error)}`);
    }
    // Not before the tick that decides on what was cancelled with it.
    if (this.#places.delete(id))
      this.#post(
        (turn) => turn.afterCommit(() => this.#init.runtime().ledger.needed.unneed(placesOf(id))),
        false,
      );
  }

  #touch(session: OrchestrationSession): void {
    session.updatedAt = toDate(this.#init.clock.now());
  }

  #tell(live: LiveSession, type: SessionEvent["type"], isNow: boolean): void {
    const { sessionId: session_id, userId: user_id, status } = live.session;
    const at = this.#init.clock.now();
    const tell = () =>
      this.#init.events.emit({
        type,
        at,
        session_id,
        user_id,
        ...(type === "session_closed" ? { status } : {}),
      } as SessionEvent);
    if (live.isImplicit) tell();
    else this.#write(live, tell, isNow);
  }

  /** Stores a session as it then is; `done` is called when that is so. */
  #write(live: LiveSession, done: () => void, isNow: boolean): void {
    if (live.isImplicit) return;
    const { session } = live;
    live.unwritten++;
    this.#post((turn) => {
      const isLost = live.isStored && !isOpenIn(session.sessionId, turn);
      // Who closes it sees to what it holds.
      const isOver = isClosed(session.status);
      if (!isLost) writeSession({ session, owner: isOver ? this.#instance : live.owner }, turn);
      live.isStored = !isOver;
      turn.afterCommit(() => {
        live.unwritten--;
        if (isLost) this.#lost(live);
        else done();
        this.#forget(live);
      });
    }, isNow);
  }

  #post(receive: (turn: Turn) => void, isNow: boolean): void {
    const to = { receive: (_: null, turn: Turn) => receive(turn) };
    const runtime = this.#init.runtime();
    // What has not ended is taken over by another process.
    if (runtime.error !== null) return;
    if (isNow) runtime.postNow(to, null);
    else runtime.post(to, null);
  }
}

/** The resource with a place for each attempt that a session may have running. */
const placesOf = (sessionId: string): string => PLACES + sessionId;
const PLACES = "session:";
