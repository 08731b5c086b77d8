import { type JsonObject, type JsonValue, type StoreReader, toDate } from "@orch/core";
import { offerWrite, type TaskRuntime, type Turn } from "@orch/tasks";
import { OrchestrationSession, type SessionWork } from "./session.ts";
import { isClosed, type SessionStatus } from "./session-status.ts";

const OPEN = "sessions/";
const CLOSED = "closed_sessions/";

/** How long sessions that were closed can be looked at, and how many: the newest. */
const KEPT_MS = 30 * 86_400_000;
const MOST_KEPT = 1000;

/** A session in the store. */
export interface StoredSession {
  readonly session: OrchestrationSession;
  /** The process that keeps it. */
  readonly owner: string;
}

/** Puts a session into the writes of a turn: among the open ones, or away from them. */
export function writeSession({ session, owner }: StoredSession, turn: Turn): void {
  const { sessionId, history } = session;
  const row = { ...session.toDict(), owner, history: history as unknown as JsonValue };
  if (isClosed(session.status)) {
    turn.delete(OPEN + sessionId);
    turn.put(CLOSED + sessionId, row);
  } else turn.put(OPEN + sessionId, row);
}

/** The open session of an id as it is stored, or null. O(1) */
export const readSession = (id: string, store: StoreReader): StoredSession | null =>
  read(store.get(OPEN + id));

/** Whether a session is open. O(1) */
export const isOpen = (id: string, store: StoreReader): boolean => store.get(OPEN + id) !== undefined;

/** The open session of an id as of a turn, or null. O(1) */
export const readSessionIn = (id: string, turn: Turn): StoredSession | null => read(valueIn(OPEN + id, turn));

/** Whether a session is open as of a turn. */
export const isOpenIn = (id: string, turn: Turn): boolean => valueIn(OPEN + id, turn) !== undefined;

/** How a session that is not open has ended; "completed" where that is not known any more. O(1) */
export const endOf = (id: string, store: StoreReader): SessionStatus =>
  read(store.get(CLOSED + id))?.session.status ?? "completed";

/** Whether a session was closed as of a turn, as far as that is still known. */
export const wasClosedIn = (id: string, turn: Turn): boolean => valueIn(CLOSED + id, turn) !== undefined;

const valueIn = (key: string, { writes, store }: Turn): JsonValue | undefined =>
  writes.has(key) ? writes.get(key) : store.get(key);

/** All that are stored, those that are open, or those that are not. O(their number). */
export function listSessionRows(store: StoreReader, { closed = false } = {}): StoredSession[] {
  const rows = store.list(closed ? CLOSED : OPEN).map(([, value]) => read(value));
  return rows.filter((row) => row !== null);
}

/** Forgets what was closed too long ago; returns how many. `now`: milliseconds since the epoch. */
export function sweepSessions(now: number, turn: Pick<Turn, "store" | "delete">): number {
  const rows = turn.store.list(CLOSED);
  const old = rows.filter(([, value], index) => {
    const closedAt = read(value)?.session.completedAt ?? toDate(0);
    return index < rows.length - MOST_KEPT || closedAt.getTime() < now - KEPT_MS;
  });
  for (const [key] of old) turn.delete(key);
  return old.length;
}

/** Forgets what was closed long ago; resolves when that is on disk. Rejects with STORE_LOCKED. */
export async function sweepClosedSessions(runtime: TaskRuntime): Promise<void> {
  if (listSessionRows(runtime.store, { closed: true }).length === 0) return;
  const now = runtime.clock.now();
  await offerWrite((tx) => void sweepSessions(now, { store: tx, delete: (key) => tx.delete(key) }), runtime);
}

/** A row of another version may be unreadable: then nothing is known of the session. */
function read(value: JsonValue | undefined): StoredSession | null {
  if (value === undefined) return null;
  try {
    const { owner, history, ...dict } = value as JsonObject;
    const session = OrchestrationSession.fromDict(dict).recall((history ?? []) as unknown as SessionWork[]);
    return { session, owner: String(owner) };
  } catch {
    return null;
  }
}
