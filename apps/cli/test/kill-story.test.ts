import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "@orch/core/testing";
import { describe, expect, it } from "vitest";
import { aBase, aFolder, write } from "./base.ts";
import { type Ended, objectsIn, orch, resultIn, startOrch } from "./orch-process.ts";

/** At the same time, each with its own base directory. */
const LANES = [{ seed: 20_261_121 }, { seed: 7 }, { seed: 8 }, { seed: 9 }];
/** Of each. */
const KILLS = 5;
/** A run gets this many kills at most, so that the early steps are hit often, too. */
const KILLS_PER_RUN = 5;

/**
 * Actions that write a line at their start and end, synced to the disk, outside of the base directory. With KILL_AT the
 * process kills itself: KILL_MS after that many actions have started.
 */
const MODULE = `
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
let started = 0;
function note(entry) {
  const file = openSync(process.env.DIARY, "a");
  writeSync(file, JSON.stringify({ pid: process.pid, ...entry }) + "\\n");
  fsyncSync(file);
  closeSync(file);
}
const work = async ({ ms = 1 }, { stepName: step, attempt, idempotencyKey: key }) => {
  started += 1;
  if (started === Number(process.env.KILL_AT)) setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(process.env.KILL_MS));
  note({ what: "start", step, attempt, key });
  await new Promise((resolve) => setTimeout(resolve, ms));
  note({ what: "end", step, attempt, key });
  return { attempt };
};
export default { name: "diary", actions: { work: { description: "", input: { safeParse: (data) => ({ success: true, data }) }, run: work } } };
`;

/** Three at a time, four times, each on all before it. */
const WORKFLOW = {
  steps: Array.from({ length: 12 }, (_, at) => {
    const before = Math.floor(at / 3) * 3;
    const dependencies = before === 0 ? [] : [0, 1, 2].map((each) => `s${before - 3 + each}`);
    return {
      name: `s${at}`,
      module: "diary",
      action: "work",
      parameters: { ms: 5 + (at % 3) * 15 },
      dependencies,
    };
  }),
};

interface Entry {
  readonly pid: number;
  readonly what: "start" | "end";
  readonly step: string;
  readonly attempt: number;
  readonly key: string;
}

/** One process of a run: what it told, and what it did. */
interface Process {
  readonly pid: number;
  readonly ended: Ended;
  readonly reported: readonly string[];
  readonly entries: readonly Entry[];
}

/** Entries that were started and not ended by their process. */
const inFlight = ({ entries }: Process): Entry[] =>
  entries.filter(
    ({ what, step }) =>
      what === "start" && !entries.some((each) => each.what === "end" && each.step === step),
  );

describe.skipIf(process.platform === "win32").concurrent.each(LANES)("kill -9 (seed $seed)", ({ seed }) => {
  it(`at ${KILLS} random moments loses nothing that was reported, and repeats only what was in flight`, async () => {
    const random = seededRandom(seed);
    const base = aBase({ "twelve.json": WORKFLOW });
    write(base, "config/modules/diary.mjs", MODULE);
    const outside = aFolder();
    let [kills, hits] = [0, 0];
    for (let run = 1; kills < KILLS; run++) {
      const most = Math.min(KILLS_PER_RUN, KILLS - kills);
      const processes = await killedRun(base, join(outside, `${run}.jsonl`), most, random);
      judge(processes);
      const killed = processes.filter(({ ended }) => ended.signal === "SIGKILL");
      kills += killed.length;
      hits += killed.filter((each) => inFlight(each).length > 0).length;
    }
    expect(kills).toBe(KILLS);
    // Else they would prove little.
    expect(hits).toBeGreaterThanOrEqual(KILLS / 2);
  });
});

/** One run, killed and resumed up to `most` times, then resumed to its end. */
async function killedRun(
  base: string,
  diary: string,
  most: number,
  random: () => number,
): Promise<Process[]> {
  const processes: Process[] = [];
  let id: string | null = null;
  for (let kill = 0; kill <= most; kill++) {
    const args: readonly string[] = id === null ? ["run", "twelve", "--json"] : ["resume", id, "--json"];
    const process =
      kill === most
        ? { pid: 0, ended: await orch(args, { cwd: base, env: { DIARY: diary } }) }
        : await kill9(args, base, diary, random);
    const objects = objectsIn(process.ended.stdout);
    const reported = objects
      .filter(({ type }) => type === "step_completed")
      .map(({ step_name }) => String(step_name));
    processes.push({ ...process, reported, entries: [] });
    id ??= (objects[0]?.["execution_id"] as string | undefined) ?? null;
    if (process.ended.signal !== null) continue;
    // The one before may have been killed when all was done already.
    const said = resultIn(process.ended);
    if (said["error_code"] !== "INVALID_STATE") expect(process.ended.code, process.ended.stderr).toBe(0);
    break;
  }
  const show = resultIn(await orch(["execution", "show", id ?? "", "--json"], { cwd: base }));
  const { results } = show["execution"] as { readonly results: Record<string, { readonly status: string }> };
  expect(Object.values(results).map(({ status }) => status)).toEqual(WORKFLOW.steps.map(() => "completed"));
  return withEntries(processes, diary);
}

/** Kills after a random number of lines of output, or lets the process kill itself between two of them. */
async function kill9(
  args: readonly string[],
  base: string,
  diary: string,
  random: () => number,
): Promise<Pick<Process, "pid" | "ended">> {
  const isOutside = random() < 0.5;
  const [lines, starts, ms] = [
    3 + Math.floor(random() * 12),
    1 + Math.floor(random() * 6),
    Math.floor(random() * 40),
  ];
  let seen = 0;
  const { pid, ended } = startOrch(args, {
    cwd: base,
    env: { DIARY: diary, ...(isOutside ? {} : { KILL_AT: String(starts), KILL_MS: String(ms) }) },
    onLine(_, child) {
      seen += 1;
      if (isOutside && seen === lines) child.kill("SIGKILL");
    },
  });
  return { pid, ended: await ended };
}

/** Each process with what it wrote into the diary. */
function withEntries(processes: readonly Process[], diary: string): Process[] {
  const entries = readFileSync(diary, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry);
  const known = new Set(processes.map(({ pid }) => pid));
  return processes.map((each) => ({
    ...each,
    // The last one was not started with a pid at hand: what no other one wrote is its own.
    entries: entries.filter(({ pid }) => (each.pid === 0 ? !known.has(pid) : pid === each.pid)),
  }));
}

function judge(processes: readonly Process[]): void {
  const last = processes.at(-1);
  expect(last?.ended.signal).toBeNull();
  const done = new Set<string>();
  const attempts = new Map<string, number>();
  const keys = new Map<string, string>();
  let open: Entry[] = [];
  for (const process of processes) {
    const started = process.entries.filter(({ what }) => what === "start");
    for (const { step, attempt, key } of started) {
      expect(done, `${step} had been reported`).not.toContain(step);
      expect(attempt, `attempt of ${step}`).toBeGreaterThan(attempts.get(step) ?? 0);
      expect(key, `key of ${step}`).toBe(keys.get(step) ?? key);
      attempts.set(step, attempt);
      keys.set(step, key);
    }
    // What was in flight is the first thing that runs again, unless this process was killed before it could.
    if (process === last)
      for (const { step } of open) expect(started.map((each) => each.step)).toContain(step);
    open = [...open.filter(({ step }) => !started.some((each) => each.step === step)), ...inFlight(process)];
    for (const step of process.reported) {
      expect(
        process.entries.some((each) => each.what === "end" && each.step === step),
        `${step} was reported and has ended`,
      ).toBe(true);
      done.add(step);
    }
  }
  expect(new Set(keys.values()).size).toBe(WORKFLOW.steps.length);
}
