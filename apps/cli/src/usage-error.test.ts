import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { fakeTerminal } from "../test/fake-terminal.ts";
import { showUsageError } from "./usage-error.ts";

describe("showUsageError", () => {
  it.each([
    [
      "error: unknown option '--jsn'\n(Did you mean --json?)",
      "Unknown option '--jsn'",
      "Did you mean --json?",
    ],
    ["(outputHelp)", "A command is missing", "orch --help lists all commands and options."],
    [
      "error: unknown command '\u001b[2J'",
      "Unknown command '?[2J'",
      "orch --help lists all commands and options.",
    ],
  ])("makes of %j an error with a hint", (message, error, hint) => {
    const terminal = fakeTerminal();
    const exit = showUsageError(new CommanderError(1, "code", message), false, terminal);
    expect(exit).toBe(2);
    expect(terminal.stderr.slice(0, 2)).toEqual([`Error: ${error}`, `  Try: ${hint}`]);
  });

  it("is a result for programs", () => {
    const terminal = fakeTerminal();
    showUsageError(new CommanderError(1, "code", "error: too many arguments"), true, terminal);
    expect(terminal.stderr).toEqual([]);
    expect(JSON.parse(terminal.stdout.join("\n"))).toMatchObject({
      type: "result",
      success: false,
      error: "Too many arguments",
    });
  });
});
