import type { CommanderError } from "commander";
import { commandText } from "./command-text.ts";
import { EXIT } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Shows what is wrong with the arguments and returns the exit code; `command` is the one that they are for, such as
 * `workflow graph`, empty for none. Loads nothing: it is part of every start.
 */
export function showUsageError(
  { message }: CommanderError,
  json: boolean,
  terminal: Terminal,
  command = "",
): number {
  const [first = "", ...near] = message.replace(/^error: /, "").split("\n");
  const error = first === "(outputHelp)" ? "A command is missing" : sentence(first);
  const suggestions = [
    ...near.map((line) => line.replace(/^\((.*)\)$/, "$1")),
    command === ""
      ? `${commandText("--help")} lists all commands and options.`
      : `${commandText(`${command} --help`)} says what it takes.`,
  ];
  if (json) {
    const facts = { success: false, error, error_type: "UsageError", error_code: "INVALID_PARAMETERS" };
    terminal.out(JSON.stringify({ type: "result", ...facts, details: {}, suggestions }));
  } else {
    terminal.err(`Error: ${error}`);
    for (const suggestion of suggestions) terminal.err(`  Try: ${suggestion}`);
  }
  return EXIT.invalid;
}

// Arguments come from a person's own shell, but may hold what was pasted there.
const sentence = (text: string): string =>
  (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll(/\p{Cc}/gu, "?");
