import { EXIT } from "./exit-code.ts";
import type { GlobalOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Says that what was asked for is done, as an object for programs or a text for people, and returns the exit code. */
export function tellResult(
  result: object,
  text: string,
  { json }: GlobalOptions,
  terminal: Terminal,
): number {
  terminal.out(json ? JSON.stringify({ type: "result", success: true, ...result }) : text);
  return EXIT.success;
}
