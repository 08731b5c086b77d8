import { commandOf, HELP } from "./command-line.ts";

/** Code that does not stop when it is told to must not keep the process for longer than this. */
const LEAVE_MS = 200;

const command = commandOf(process.argv.slice(2));
switch (command.type) {
  case "help":
    process.stdout.write(HELP);
    break;
  case "version":
    process.stdout.write(`${command.version}\n`);
    break;
  case "wrong":
    process.stderr.write(`Error: ${command.message}\n${HELP}`);
    process.exitCode = 2;
    break;
  case "serve": {
    const { serveMcp } = await import("@orch/engine/serve-mcp");
    process.exitCode = await serveMcp(command.options);
    setTimeout(() => process.exit(), LEAVE_MS).unref();
    break;
  }
}
