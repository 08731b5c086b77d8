import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { seededRandom } from "@orch/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { STORY_STEPS, storyResult } from "./story-workflow.ts";

const SEED = 20_260_101;
const KILLS = 20;
const directory = mkdtempSync(join(tmpdir(), "orch-story-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Line = readonly [step: string, attempt: number, key: string, phase: "start" | "end"];

/** What the actions wrote; the last line may be cut by a kill. */
function linesOf(file: string): Line[] {
  const texts = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return texts.slice(0, -1).map((text) => JSON.parse(text) as Line);
}

/**
 * Runs one process until it ends, or until its actions have written `killAfter` lines, and then kills it; resolves with
 * what it said.
 */
async function runProcess(
  database: string,
  lines: string,
  killAfter: number | null,
): Promise<{ readonly said: string[]; readonly wasKilled: boolean }> {
  const script = new URL("./story-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--conditions=@orch/source", script, database, lines], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const said: string[] = [];
  let wasKilled = false;
  const before = linesOf(lines).length;
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (
      killAfter === null ||
      wasKilled ||
      line.startsWith("result") ||
      linesOf(lines).length - before < killAfter
    )
      continue;
    wasKilled = child.kill("SIGKILL");
  }
  await ended;
  return { said, wasKilled };
}

/** Steps that had started and not ended when the last line was written. */
function inFlight(lines: readonly Line[]): Set<string> {
  const open = new Set<string>();
  for (const [step, , , phase] of lines) phase === "start" ? open.add(step) : open.delete(step);
  return open;
}

describe("a workflow whose process is killed again and again", () => {
  it("repeats only what was in flight, loses nothing that was reported, and ends with the right result", async () => {
    const random = seededRandom(SEED);
    const tally = { kills: 0, inFlight: 0, resumed: 0 };
    for (let round = 0; tally.kills < KILLS; round++) {
      expect(round).toBeLessThan(KILLS);
      await playRound(join(directory, `${round}.db`), join(directory, `${round}.lines`), random, tally);
    }
    expect(tally.kills).toBe(KILLS);
    expect(tally.inFlight).toBeGreaterThan(KILLS / 4);
    expect(tally.resumed).toBeGreaterThan(KILLS / 2);
  }, 300_000);
});

async function playRound(
  database: string,
  lines: string,
  random: () => number,
  tally: { kills: number; inFlight: number; resumed: number },
): Promise<void> {
  /** Steps that were reported done, with the number of lines that there were when their process was gone. */
  const reported = new Map<string, number>();
  let result: string | undefined;
  for (let turn = 0; result === undefined; turn++) {
    expect(turn).toBeLessThan(KILLS + 2);
    const killAfter = tally.kills < KILLS ? 1 + Math.floor(random() * 16) : null;
    const { said, wasKilled } = await runProcess(database, lines, killAfter);
    const written = linesOf(lines);
    for (const line of said)
      if (line.startsWith("done ")) reported.set(line.slice("done ".length), written.length);
    if (said.includes("recovered 1")) tally.resumed++;
    if (wasKilled) tally.kills++;
    if (wasKilled && inFlight(written).size > 0) tally.inFlight++;
    result = said.find((line) => line.startsWith("result "))?.slice("result ".length);
  }
  expect(JSON.parse(result)).toEqual({ status: "completed", result: storyResult() });
  judge(linesOf(lines), reported);
}

/** Nothing but the lines that the actions wrote themselves is believed. */
function judge(lines: readonly Line[], reported: ReadonlyMap<string, number>): void {
  for (const [step, count] of reported)
    expect(lines.slice(count).filter(([name]) => name === step)).toEqual([]);
  for (const { name } of STORY_STEPS) {
    const starts = lines.filter(([step, , , phase]) => step === name && phase === "start");
    const attempts = starts.map(([, attempt]) => attempt);
    expect(new Set(starts.map(([, , key]) => key)).size).toBe(1);
    expect(attempts).toEqual([...new Set(attempts)].sort((a, b) => a - b));
    expect(lines.some(([step, , , phase]) => step === name && phase === "end")).toBe(true);
  }
}
