import type { KnownProcess } from "./descendants.ts";
import type { Failure, Outcome } from "./failure.ts";
import type { AbortReason, FromRemote, RemoteRequest } from "./remote-message.ts";

/** What a child is told. What it asks for comes on a pipe of its own, which can be read without a turn of its loop. */
export type ToProcess =
  | { readonly type: "run"; readonly request: RemoteRequest }
  | { readonly type: "abort"; readonly reason: AbortReason };

/** What a child says. */
export type FromProcess =
  | FromRemote
  /** `left`: what it has started and leaves running. */
  | { readonly type: "ended"; readonly outcome: Outcome; readonly left: readonly KnownProcess[] }
  /** An error that nobody caught; the process ends of it. */
  | { readonly type: "died"; readonly failure: Failure };

/** Bytes before an answer that say how long it is. */
export const LENGTH_BYTES = 4;

/** Where the child finds its end of the pipe that answers come on. */
export const ASK_FD = 4;
