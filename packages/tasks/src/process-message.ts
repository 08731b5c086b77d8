import type { KnownProcess } from "./descendants.ts";
import type { Failure, Outcome, Usage } from "./failure.ts";
import type { AbortReason, FromRemote, RemoteRequest } from "./remote-message.ts";

/** What a child is told, in V8's own encoding. What it asks for comes on the pipe that it asks on. */
export type ToProcess =
  | { readonly type: "run"; readonly request: RemoteRequest }
  | { readonly type: "abort"; readonly reason: AbortReason };

/** What a child says, as JSON: any code in it can write to the pipe, so all of it is checked. */
export type FromProcess =
  | FromRemote
  | { readonly type: "ended"; readonly outcome: Outcome }
  /** An error that nobody caught; the process ends of it. */
  | { readonly type: "died"; readonly failure: Failure }
  /** The last word of a process that ends by itself. `left`: what it has started and leaves running. */
  | { readonly type: "leaves"; readonly left: readonly KnownProcess[]; readonly usage: Usage };

/**
 * Where the child says something, and reads the answer. Pipes of its own rather than Node's: a child can write there without a
 * turn of its loop, until its very end, and the engine decides what it makes of bytes that are no message.
 */
export const WORD_FD = 3;

/** Where the child is told something. */
export const TOLD_FD = 4;
