import { type Clock, systemClock } from "@orch/core";
import { EXIT } from "./exit-code.ts";

const EXIT_BY_SIGNAL = { SIGINT: EXIT.cancelled, SIGTERM: EXIT.terminated, SIGHUP: EXIT.cancelled } as const;

/**
 * One Ctrl-C can arrive several times: the terminal sends it to the whole process group, and npm and its like pass on what
 * they get. The same signal within this time after the first is the same one; no hand is that quick.
 */
const SAME_SIGNAL_MS = 200;

/** A signal that asks a run to end. */
type StopSignal = keyof typeof EXIT_BY_SIGNAL;

/** What to do about signals. */
export interface SignalHandlers {
  /** The first one: ends the work, and returns. */
  stop(signal: StopSignal): void;
  /** Every later one: ends the process with this exit code. */
  leave(signal: StopSignal, exitCode: number): void;
}

/** Where signals come from and what time it is; tests give their own. */
export interface SignalSource {
  /** @default this process */
  readonly source?: Pick<NodeJS.EventEmitter, "on" | "off">;
  readonly clock?: Clock;
}

/** What signals have asked for. */
export interface Signals extends Disposable {
  /** The exit code that the first signal stands for; null while there was none. */
  readonly exitCode: number | null;
}

/** Listens for SIGINT, SIGTERM and SIGHUP until it is disposed of. */
export function catchSignals(
  { stop, leave }: SignalHandlers,
  { source = process, clock = systemClock }: SignalSource = {},
): Signals {
  let first: { readonly signal: StopSignal; readonly at: number } | null = null;
  const onSignal = (signal: StopSignal) => {
    if (first === null) {
      first = { signal, at: clock.monotonic() };
      stop(signal);
    } else if (signal !== first.signal || clock.monotonic() - first.at > SAME_SIGNAL_MS) {
      leave(signal, EXIT_BY_SIGNAL[signal]);
    }
  };
  const names = Object.keys(EXIT_BY_SIGNAL) as StopSignal[];
  for (const name of names) source.on(name, onSignal);
  return {
    get exitCode() {
      return first === null ? null : EXIT_BY_SIGNAL[first.signal];
    },
    [Symbol.dispose]() {
      for (const name of names) source.off(name, onSignal);
    },
  };
}
