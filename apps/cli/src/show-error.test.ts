import { OrchestrationError } from "@orch/core";
import { describe, expect, it } from "vitest";
import { fakeTerminal } from "../test/fake-terminal.ts";
import { errorLines, showError } from "./show-error.ts";

describe("errorLines", () => {
  const problem = (path: string, message = "is wrong") => ({ path, message });

  it("says what happened and what to try", () => {
    expect(errorLines({ error: "It broke", details: {}, suggestions: ["Mend it", "Buy one"] })).toEqual([
      "Error: It broke",
      "  Try: Mend it",
      "  Try: Buy one",
    ]);
  });

  it("lists several problems a line each instead of in the message", () => {
    const details = { problems: [problem("a.b"), problem("", "whole thing")] };
    const error = "Workflow 'w' in /a: b.json is not valid: a.b: is wrong; whole thing";
    expect(errorLines({ error, details, suggestions: [] })).toEqual([
      "Error: Workflow 'w' in /a: b.json is not valid",
      "  - a.b: is wrong",
      "  - whole thing",
    ]);
  });

  it("keeps the message when it does not repeat the problems", () => {
    const details = { problems: [problem("x"), problem("y")] };
    expect(errorLines({ error: "Two of them", details, suggestions: [] })[0]).toBe("Error: Two of them");
  });

  it("counts what would be too much", () => {
    const problems = Array.from({ length: 25 }, (_, at) => problem(`p${at}`));
    const lines = errorLines({ error: "Many", details: { problems }, suggestions: [] });
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("  … and 5 more");
  });

  it("is plain text, whatever was in it", () => {
    const details = { problems: [problem("\u001b[2Ja"), { path: 5 }, null, problem("b")] };
    const lines = errorLines({ error: "\u001b]0;x\u0007Bad\nthing", details, suggestions: ["\u001b[1mdo"] });
    expect(lines).toEqual(["Error: Bad thing", "  - a: is wrong", "  - b: is wrong", "  Try: do"]);
  });
});

describe("showError", () => {
  const error = new OrchestrationError("Busy", {
    code: "STORE_LOCKED",
    suggestions: ["Wait"],
    cause: new Error("below"),
  });

  it("returns the exit code, and shows no stack", () => {
    const terminal = fakeTerminal();
    expect(showError(error, {}, terminal)).toBe(6);
    expect(terminal.stderr).toEqual(["Error: Busy", "  Try: Wait"]);
    expect(terminal.stdout).toEqual([]);
  });

  it("writes one object with json", () => {
    const terminal = fakeTerminal();
    showError(error, { json: true }, terminal);
    expect(terminal.stderr).toEqual([]);
    expect(terminal.stdout.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        type: "result",
        success: false,
        error: "Busy",
        error_type: "OrchestrationError",
        error_code: "STORE_LOCKED",
        details: {},
        suggestions: ["Wait"],
      },
    ]);
  });

  it("adds the stacks with debug, that of the cause too", () => {
    const terminal = fakeTerminal();
    showError(error, { debug: true }, terminal);
    expect(terminal.stderr.join("\n")).toMatch(/OrchestrationError: Busy\n +at .*Error: below\n +at /s);
  });

  it("names --debug for an error of unknown origin", () => {
    const terminal = fakeTerminal();
    expect(showError(new TypeError("x is not a function"), {}, terminal)).toBe(70);
    expect(terminal.stderr.join("\n")).toMatch(/^Error: x is not a function\n {2}Try: --debug/);
  });
});
