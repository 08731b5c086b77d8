import type { OrchestrationSession } from "./session.ts";
import type { Work } from "./session-work.ts";

/** A session in this process. */
export interface LiveSession {
  readonly session: OrchestrationSession;
  /** Made for one piece of work; never stored. */
  readonly isImplicit: boolean;
  readonly works: Set<Work>;
  /** The process that keeps it: that one closes it when nothing is run in it for long, or at its own end. */
  owner: string;
  /** Whether it is among the open ones in the store. */
  isStored: boolean;
  /** Whether what waits in it is kept from starting. */
  isHeld: boolean;
  /** Changes that are on their way to the store: until they are there, what it says of the session is older. */
  unwritten: number;
  stopTimer: () => void;
}

/** A session that `owner` keeps, as it comes to this process. */
export const liveSession = (
  session: OrchestrationSession,
  owner: string,
  { isImplicit = false, isStored = false }: Partial<Pick<LiveSession, "isImplicit" | "isStored">> = {},
): LiveSession => ({
  session,
  isImplicit,
  works: new Set(),
  owner,
  isStored,
  isHeld: false,
  unwritten: 0,
  stopTimer: () => {},
});
