import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { aBase, aStep } from "./base.ts";
import { fakeTerminal } from "./fake-terminal.ts";
import { isAlive, type Orch, resultIn, startOrch } from "./orch-process.ts";

const TIMEOUT = 60_000;
/** A second signal of the same kind counts from 200 ms after the first: it is what it takes to send it twice by hand. */
const BY_HAND_MS = 250;

const slow = { steps: [aStep("first", "add"), aStep("slow", "slow", { dependencies: ["first"] })] };
const deaf = { steps: [aStep("first", "add"), aStep("deaf", "deaf", { dependencies: ["first"] })] };

/** Starts the run and waits until its last step is in flight; returns the id, too. */
async function inFlight(
  base: string,
  workflow: string,
  ...args: string[]
): Promise<Orch & { readonly id: string }> {
  const run = startOrch(["run", workflow, "--json", ...args], { cwd: base });
  const line = await run.line(new RegExp(`"step_started".*"step_name":"${workflow}"`));
  return { ...run, id: String((JSON.parse(line) as Record<string, unknown>)["execution_id"]) };
}

/** The run can go on: the step that was in flight runs again, the one before it does not. */
async function goesOn(base: string, id: string, step: string): Promise<void> {
  const terminal = fakeTerminal();
  expect(await runCommandLine(["resume", id, "--base-dir", base, "--json"], terminal)).toBe(0);
  const objects = terminal.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
  const started = objects.filter(({ type }) => type === "step_started");
  expect(started.map(({ step_name, attempt }) => [step_name, attempt])).toEqual([[step, 2]]);
  expect(objects.at(-1)).toMatchObject({ type: "result", success: true, execution_id: id });
}

describe.skipIf(process.platform === "win32")("signals", { timeout: TIMEOUT, concurrent: true }, () => {
  it.each([
    { signal: "SIGINT", exit: 130 },
    { signal: "SIGTERM", exit: 143 },
  ] as const)("$signal cancels, says so and how to go on, and ends with $exit", async ({ signal, exit }) => {
    const base = aBase({ "slow.json": slow });
    const { child, pid, ended, id } = await inFlight(base, "slow");
    child.kill(signal);
    const end = await ended;
    expect({ code: end.code, signal: end.signal }).toEqual({ code: exit, signal: null });
    expect(end.stderr).toMatch(
      new RegExp(`^${signal}: cancelling; once more leaves at once.*orch resume ${id}$`, "m"),
    );
    expect(resultIn(end)).toMatchObject({ success: false, error_code: "CANCELLED", execution_id: id });
    expect(isAlive(pid)).toBe(false);
    await goesOn(base, id, "slow");
  });

  it.each([
    { first: "SIGINT", second: "SIGINT", exit: 130 },
    { first: "SIGTERM", second: "SIGTERM", exit: 143 },
    { first: "SIGINT", second: "SIGTERM", exit: 143 },
  ] as const)(
    "$first and $second leave at once, although an action is deaf",
    async ({ first, second, exit }) => {
      const base = aBase({ "deaf.json": deaf });
      const { child, pid, ended, line, id } = await inFlight(base, "deaf");
      child.kill(first);
      await line(/^Waiting for code/);
      await pause(BY_HAND_MS);
      child.kill(second);
      const end = await ended;
      expect({ code: end.code, signal: end.signal }).toEqual({ code: exit, signal: null });
      expect(resultIn(end)).toMatchObject({ success: false, error_code: "CANCELLED", execution_id: id });
      expect(isAlive(pid)).toBe(false);
      if (first !== second) await goesOn(base, id, "deaf");
    },
  );

  it("is refused to another process while the run goes on, naming the one that has it", async () => {
    const base = aBase({ "slow.json": slow });
    const { child, pid, ended, id } = await inFlight(base, "slow");
    const terminal = fakeTerminal();
    expect(await runCommandLine(["resume", id, "--base-dir", base, "--json"], terminal)).toBe(6);
    const refused = JSON.parse(terminal.stdout.at(-1) ?? "") as Record<string, unknown>;
    expect(refused).toMatchObject({ type: "result", error_code: "STORE_LOCKED" });
    expect(refused["error"]).toContain(String(pid));
    child.kill("SIGTERM");
    expect(resultIn(await ended)).toMatchObject({ execution_id: id, error_code: "CANCELLED" });
  });

  it("one signal is enough to leave a deaf action behind, after a while", async () => {
    const base = aBase({ "deaf.json": deaf });
    const { child, pid, ended } = await inFlight(base, "deaf");
    child.kill("SIGTERM");
    const { code } = await ended;
    expect(code).toBe(143);
    expect(isAlive(pid)).toBe(false);
  });
});
