import { describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep, write } from "./base.ts";
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

  it("says where in one's own module it went wrong, and with --debug the whole stack", async () => {
    const terminal = fakeTerminal();
    const base = aBase({ "w.json": { steps: [aStep("a", "broken", { max_retries: 0 })] } });
    const module =
      `const input = { safeParse: (data) => ({ success: true, data }) };\n` +
      `const run = ({ given }) =>\n  Object.assign(given).more;\n` +
      `const fail = () => {\n  throw Object.assign(new Error("no"), { details: { wanted: 7 } });\n};\n` +
      `export default { name: "acts", actions: { broken: { description: "", input, run }, told: { description: "", input, run: fail } } };\n`;
    const file = write(base, "config/modules/acts.mjs", module);
    write(
      base,
      "config/workflows/production/t.json",
      JSON.stringify({ steps: [aStep("a", "told", { max_retries: 0 })] }),
    );
    await runCommandLine(["run", "w", "--base-dir", base], terminal);
    expect(terminal.stderr.join("\n")).toContain(`At: ${file}:3`);
    expect(terminal.stderr.join("\n")).not.toContain("    at run");

    const second = fakeTerminal();
    await runCommandLine(["run", "t", "--base-dir", base, "--debug"], second);
    expect(second.stderr.join("\n")).toMatch(/debug: at .*acts\.mjs:5:/);
    expect(second.stderr.join("\n")).toContain("Details: wanted: 7");

    const third = fakeTerminal();
    await runCommandLine(["execution", "list", "--json", "--base-dir", base], third);
    const [{ execution_id: id }] = JSON.parse(third.stdout.join("")).executions;
    const shown = fakeTerminal();
    await runCommandLine(["execution", "show", id, "--json", "--base-dir", base], shown);
    const { a } = JSON.parse(shown.stdout.join("")).execution.results;
    expect(a).toMatchObject({ at: `${file}:5`, details: { wanted: 7 } });
    await runCommandLine(["execution", "show", id, "--base-dir", base], shown);
    expect(shown.stdout.join("\n")).toMatch(/At: .*acts\.mjs:5\n.*Details: wanted: 7/);
  });
});
