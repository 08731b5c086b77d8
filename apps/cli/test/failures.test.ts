import { describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep } from "./base.ts";
import { fakeTerminal } from "./fake-terminal.ts";

/** Runs the workflow `w` in this process. */
async function ran(steps: readonly object[], more: object = {}) {
  const terminal = fakeTerminal();
  const base = aBase({ "w.json": { steps, ...more } });
  const code = await runCommandLine(["run", "w", "--base-dir", base], terminal);
  return { code, out: terminal.stdout.join("\n"), err: terminal.stderr.join("\n") };
}

describe("a run that failed", () => {
  it("has the hints of each failure under it, and how to go on once", async () => {
    const bad = (name: string, message: string) => ({
      name,
      module: "core",
      action: "fail",
      parameters: { message },
      max_retries: 0,
    });
    const { code, err } = await ran([bad("a", "one"), bad("b", "two")]);
    expect(code).toBe(1);
    expect(err.match(/Error: Step [ab] failed: /g)).toHaveLength(2);
    expect(err.match(/Go on from there: orch --base-dir \S+ resume/g)).toHaveLength(1);
    expect(err.trimEnd().split("\n").at(-1)).toMatch(/^ {2}Try: Go on from there/);
  });

  it("says which steps were undone", async () => {
    const { out, err } = await ran([
      aStep("a", "add", { undo: { module: "acts", action: "add" } }),
      aStep("b", "fail", { dependencies: ["a"], max_retries: 0 }),
    ]);
    expect(out).toMatch(/a undoing\n.*a undone in/);
    expect(out).toMatch(/2 steps: 1 completed, 1 failed, 1 undone/);
    expect(err).toContain("  1 step undone: a\n");
  });

  it("says the cause once where it came through workflows inside of workflows", async () => {
    const { code, err } = await ran([
      { name: "again", module: "workflow", action: "run", parameters: { workflow: "w" } },
    ]);
    expect(code).toBe(1);
    expect(err.match(/Step again failed/g)?.length ?? 0).toBeLessThanOrEqual(2);
    expect(err).toMatch(/in workflows 'w' \(\d+ times\): /);
  });
});
