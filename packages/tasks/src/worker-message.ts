import type { MessagePort } from "node:worker_threads";
import type { JsonObject, JsonValue } from "@orch/core/base";
import type { Outcome } from "./failure.ts";
import type { AbortReason, FromRemote, RemoteRequest } from "./remote-message.ts";

/**
 * An attempt for a thread: its number in the thread, its parameters, the rest as text. A round trip takes little more than
 * the time to clone what is sent, and a text is cloned much faster than the object that it describes.
 */
export type ThreadTask = readonly [
  number: number,
  parameters: JsonObject,
  rest: string,
  // Missing where there is none; a text would have to be read by a module that a thread does without.
  deadline?: NonNullable<Deadline>,
];

type Deadline = RemoteRequest["context"]["deadline"];

/** What a thread is told. `release`: no more attempts come through this channel. */
export type ToThread =
  | ThreadTask
  | { readonly type: "release" }
  | { readonly type: "abort"; readonly number: number; readonly reason: AbortReason }
  | { readonly type: "answer"; readonly value: JsonValue };

/** How the attempt ended; the usual case is as short as it can be. */
export type ThreadResult =
  | readonly [value: JsonValue, cpuMs: number]
  | { readonly type: "failed"; readonly outcome: Outcome };

/**
 * What a thread says. `ready`: it has begun its lease. `spoilt`, before a result: the attempt has left something that will
 * run in the thread, where it must not meet the next one.
 */
export type FromThread =
  | FromRemote
  | ThreadResult
  | { readonly type: "ready"; readonly threadId: number }
  | { readonly type: "spoilt" };

/** What a thread of the pool is given: a channel, on which attempts come until it is released. */
export interface ThreadLease {
  readonly port: MessagePort;
  /** One number: grows when an answer was posted, so that who waits for it can sleep. */
  readonly answers: Int32Array;
  /** The number of the attempt that was last begun: one that was not can be run elsewhere when the thread dies. */
  readonly begun: Int32Array;
}

/** A request as a thread gets it. */
export function taskOf(number: number, { parameters, ...rest }: RemoteRequest): ThreadTask {
  const { deadline } = rest.context;
  const text = JSON.stringify(rest);
  return deadline === null ? [number, parameters, text] : [number, parameters, text, deadline];
}

/** The request in a task. */
export function requestIn([, parameters, text, deadline]: ThreadTask): RemoteRequest {
  const rest = JSON.parse(text) as Omit<RemoteRequest, "parameters">;
  return { ...rest, parameters, context: deadline ? { ...rest.context, deadline } : rest.context };
}

/** An outcome as it is sent. */
export const resultOf = (outcome: Outcome, cpuMs: number): ThreadResult =>
  outcome.ok
    ? [outcome.value, cpuMs]
    : { type: "failed", outcome: { ...outcome, usage: { cpuMs, peakBytes: 0 } } };
