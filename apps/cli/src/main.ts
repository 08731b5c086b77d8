import { enableCompileCache } from "node:module";
import { CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { makeProgram } from "./program.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** Code that does not stop when it is told to must not keep the process for longer than this. */
const LEAVE_MS = 1000;

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.success;
  const program = makeProgram(packageJson.version, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Help and version end this way, too, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : usageError(error, args, terminal);
    return await showError(error, args, terminal);
  }
}

/** The parser has said what is wrong on standard error; programs get it as a result. */
function usageError({ message }: CommanderError, args: readonly string[], terminal: Terminal): number {
  const error = message.replace(/^error: /, "");
  if (args.includes("--json")) {
    terminal.out(JSON.stringify({ type: "result", success: false, error, error_type: "UsageError", error_code: "INVALID_PARAMETERS", details: {}, suggestions: ["See orch --help."] }));
  }
  return EXIT.invalid;
}

async function showError(error: unknown, args: readonly string[], terminal: Terminal): Promise<number> {
  const [{ toErrorResponse }, { errorLines }] = await Promise.all([import("@orch/core"), import("./show-error.ts")]);
  const response = toErrorResponse(error);
  if (args.includes("--json")) terminal.out(JSON.stringify({ type: "result", ...response }));
  else for (const line of errorLines(response)) terminal.err(line);
  if (args.includes("--debug") && error instanceof Error) terminal.err(error.stack ?? "");
  return exitCodeOf(response.error_code);
}

enableCompileCache();
process.exitCode = await main(process.argv.slice(2), processTerminal());
setTimeout(() => process.exit(), LEAVE_MS).unref();
