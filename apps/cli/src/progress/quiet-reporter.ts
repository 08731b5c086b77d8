import type { Terminal } from "../terminal.ts";
import type { Reporter } from "./reporter.ts";

/** Shows no progress, and nothing that steps print; only what a signal does. */
export const quietReporter = (terminal: Terminal): Reporter => ({
  begin: () => {},
  event: () => {},
  note: (text) => terminal.err(text),
  printed: () => {},
  end: () => {},
});
