import { type Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { EXIT } from "./exit-code.ts";
import { makeProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";
import { showUsageError } from "./usage-error.ts";

/** Runs the command that the arguments ask for, shows whatever goes wrong, and returns the exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.success;
  const json = isAskedFor("--json", args);
  const program = makeProgram({ version: packageJson.version, json }, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      const { showError } = await import("./show-error.ts");
      exitCode = showError(error, { json, debug: isAskedFor("--debug", args) }, terminal);
      // Help and version end this way, too, with exit code 0.
    } else if (error.exitCode !== 0)
      exitCode = showUsageError(error, json, terminal, commandIn(program, args));
  }
  return afterOutput(exitCode, terminal);
}

/** The command that arguments are for, as far as they name one: `workflow graph`. */
function commandIn(program: Command, args: readonly string[]): string {
  const names: string[] = [];
  let at: Command = program;
  for (const arg of args) {
    const next = at.commands.find((command) => command.name() === arg);
    if (next === undefined) continue;
    names.push(arg);
    at = next;
  }
  return names.join(" ");
}

/** What was asked for and could not be written is no success. */
async function afterOutput(exitCode: number, terminal: Terminal): Promise<number> {
  // Failed writes are told in a later turn.
  await new Promise(setImmediate);
  const { failure } = terminal;
  if (failure === null) return exitCode;
  terminal.err(`Error: Not all output could be written: ${failure.message}`);
  return exitCode === EXIT.success ? EXIT.storage : exitCode;
}

/** Whether a global option stands among the arguments; they may not have been understood. */
function isAskedFor(option: string, args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(option);
}
