import { systemClock } from "@orch/core";
import { EXIT } from "./exit-code.ts";

const EXIT_BY_SIGNAL = { SIGINT: EXIT.cancelled, SIGTERM: EXIT.terminated, SIGHUP: EXIT.cancelled } as const;
type Caught = keyof typeof EXIT_BY_SIGNAL;

/**
 * One Ctrl-C can arrive several times: the terminal sends it to the whole process group, and npm and its like pass on what
 * they get. What comes within this time after the first is the same one; no hand is that quick.
 */
const SAME_SIGNAL_MS = 200;

/** What signals have asked for. */
export interface Signals extends Disposable {
  /** The exit code that the signal stands for; null while there was none. */
  readonly exitCode: number | null;
}

/** Calls `stop` at the first signal; the second one ends the process at once. */
export function catchSignals(stop: (signal: Caught) => void): Signals {
  let exitCode: number | null = null;
  let firstMs = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    const code = EXIT_BY_SIGNAL[signal as Caught];
    if (exitCode !== null) {
      if (systemClock.monotonic() - firstMs > SAME_SIGNAL_MS) process.exit(code);
      return;
    }
    [exitCode, firstMs] = [code, systemClock.monotonic()];
    stop(signal as Caught);
  };
  const names = Object.keys(EXIT_BY_SIGNAL) as Caught[];
  for (const name of names) process.on(name, onSignal);
  return {
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
