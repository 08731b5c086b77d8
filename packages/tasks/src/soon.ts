import type { Clock } from "@orch/core";

/** Calls back when what is under way has brought all it brings. */
export type Soon = (callback: () => void) => void;

/** So long at most the event loop does not turn because of ticks that follow each other in one turn of it. */
const YIELD_MS = 4;

/**
 * In this turn of the event loop, behind what is queued by now: right where a tick costs less than a turn. Once in
 * {@link YIELD_MS} in the next turn, so that timers and sockets get theirs.
 */
export function soonInThisTurn(clock: Clock): Soon {
  let turnedAtMs = clock.monotonic();
  return (callback) => {
    if (clock.monotonic() - turnedAtMs < YIELD_MS) {
      queueMicrotask(callback);
      return;
    }
    setImmediate(() => {
      turnedAtMs = clock.monotonic();
      callback();
    });
  };
}

/** In the next turn of the event loop: right where a tick is a commit, which as much as possible should share. */
export const soonInNextTurn: Soon = (callback) => {
  setImmediate(callback);
};
