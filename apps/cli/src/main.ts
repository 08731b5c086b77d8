import { enableCompileCache } from "node:module";
import { runCommandLine } from "./command-line.ts";
import { processTerminal } from "./terminal.ts";

/** Code that does not stop when it is told to must not keep the process for longer than this. */
const LEAVE_MS = 1000;

enableCompileCache();
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
setTimeout(() => process.exit(), LEAVE_MS).unref();
