import { OrchestrationError } from "@orch/core";
import type { GlobalOptions } from "./options.ts";
import { showError } from "./show-error.ts";
import { catchSignals } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

/** Hands on what `read` gives until it ends or a signal comes; then the exit code of that, else null. */
export async function eachUntilSignal<Item>(
  read: (signal: AbortSignal) => AsyncIterable<Item>,
  each: (item: Item) => void,
): Promise<number | null> {
  const controller = new AbortController();
  using signals = catchSignals({
    stop: () => controller.abort(),
    leave: (_, exitCode) => process.exit(exitCode),
  });
  for await (const item of read(controller.signal)) each(item);
  return signals.exitCode;
}

/** Tells programs that the reading was stopped, and how it is gone on with; a person knows. Returns the exit code. */
export function readingStopped(
  exitCode: number,
  again: string,
  options: GlobalOptions,
  terminal: Terminal,
): number {
  if (!options.json) return exitCode;
  const error = new OrchestrationError("Stopped before the execution had ended", {
    code: "CANCELLED",
    retryable: false,
    suggestions: [`Go on: ${again}`],
  });
  showError(error, options, terminal);
  return exitCode;
}
