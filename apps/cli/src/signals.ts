import { EXIT } from "./exit-code.ts";

const EXIT_BY_SIGNAL = { SIGINT: EXIT.cancelled, SIGTERM: EXIT.terminated, SIGHUP: EXIT.cancelled } as const;
type Caught = keyof typeof EXIT_BY_SIGNAL;

/** What signals have asked for. */
export interface Signals extends Disposable {
  /** The exit code that the signal stands for; null while there was none. */
  readonly exitCode: number | null;
}

/** Calls `stop` at the first signal; the second one ends the process at once. */
export function catchSignals(stop: (signal: Caught) => void): Signals {
  let exitCode: number | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    const code = EXIT_BY_SIGNAL[signal as Caught];
    if (exitCode !== null) process.exit(code);
    exitCode = code;
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
