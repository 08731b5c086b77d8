import type { Store } from "@orch/core";
import type { TaskRuntime } from "@orch/tasks";
import { type LiveSession, liveSession } from "./live-session.ts";
import type { OrchestrationSession } from "./session.ts";
import { isOpen, listSessionRows, readSession } from "./session-rows.ts";
import { isClosed } from "./session-status.ts";

/** What {@link KnownSessions} work with. */
export interface KnownSessionsInit {
  readonly runtime: () => TaskRuntime;
  /** One of the store is used here from now on. */
  readonly opened: (live: LiveSession) => void;
  /** What another process has stored of one was taken; `isBegun`: that process was the first to run something in it. */
  readonly followed: (live: LiveSession, isBegun: boolean) => void;
  /** Another process has closed one. */
  readonly lost: (live: LiveSession) => void;
}

/** The sessions that there are: those that are used in this process, and those in the store. */
export class KnownSessions {
  readonly #init: KnownSessionsInit;
  /** Those that have ended are among them until that is in the store, and nothing runs in them. */
  readonly #live = new Map<string, LiveSession>();

  constructor(init: KnownSessionsInit) {
    this.#init = init;
  }

  /** Throws what has closed the store. */
  get store(): Store {
    const { store, closing } = this.#init.runtime();
    if (closing !== null) throw closing;
    return store;
  }

  /** Those that are used in this process. */
  get live(): Iterable<LiveSession> {
    return this.#live.values();
  }

  /** One that is used in this process. */
  get(id: string): LiveSession | undefined {
    return this.#live.get(id);
  }

  /** Knows one from now on. */
  keep(live: LiveSession): LiveSession {
    this.#live.set(live.session.sessionId, live);
    return live;
  }

  /** One is not known here any more. */
  forget(id: string): void {
    this.#live.delete(id);
  }

  /** The open session of an id, used here from now on; null for an unknown one. */
  open(id: string): LiveSession | null {
    const known = this.#live.get(id);
    if (known) return this.follow(known) ? known : null;
    const stored = typeof id === "string" ? readSession(id, this.store) : null;
    if (stored === null) return null;
    const live = this.keep(liveSession(stored.session, stored.owner, { isStored: true }));
    this.#init.opened(live);
    return live;
  }

  /** The open session of an id as it stands now, or null. */
  find(id: string): OrchestrationSession | null {
    const live = this.#live.get(id);
    if (live !== undefined) this.follow(live);
    return this.seen(id);
  }

  /** As {@link find}, of what is known without looking what others have done: in the middle of a turn. */
  seen(id: string): OrchestrationSession | null {
    const session = this.#live.get(id)?.session ?? readSession(id, this.store)?.session;
    return session === undefined || isClosed(session.status) ? null : session;
  }

  /** As {@link seen}, of one that something here waits or runs in: what others do to it is followed from now on. */
  used(id: string): OrchestrationSession | null {
    return this.#live.has(id) ? this.seen(id) : (this.open(id)?.session ?? null);
  }

  /** The open ones, and with `includeClosed` those that were, in the order of their creation. O(sessions). */
  list({ includeClosed = false }: { readonly includeClosed?: boolean } = {}): OrchestrationSession[] {
    for (const live of this.#live.values()) this.follow(live);
    const here = [...this.#live.values()].map(({ session }) => session);
    const stored = listSessionRows(this.store).map(({ session }) => session);
    const closed = includeClosed ? listSessionRows(this.store, { closed: true }) : [];
    const all = [...stored, ...closed.map(({ session }) => session), ...here];
    const byId = new Map(all.map((session) => [session.sessionId, session]));
    return [...byId.values()]
      .filter(({ status }) => includeClosed || !isClosed(status))
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  /** Takes what other processes have stored of a session, unless a change of ours is on its way; false for one that is closed. */
  follow(live: LiveSession): boolean {
    const { session } = live;
    if (isClosed(session.status)) return false;
    if (!live.isStored || live.unwritten > 0 || this.#init.runtime().error !== null) return true;
    const stored = readSession(session.sessionId, this.store);
    if (stored === null) {
      // One that another version has written, and this one cannot read, is open all the same.
      if (isOpen(session.sessionId, this.store)) return true;
      this.#init.lost(live);
      return false;
    }
    const isBegun = session.startedAt === null && stored.session.startedAt !== null;
    session.follow(stored.session);
    live.owner = stored.owner;
    this.#init.followed(live, isBegun);
    return true;
  }

  /** Takes what other processes have done to those that are used here; whether there are any. */
  followAll(): boolean {
    for (const live of this.#live.values()) if (live.isStored) this.follow(live);
    return [...this.#live.values()].some(({ isStored }) => isStored);
  }
}
