import fc from "fast-check";
import { expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { recordOf } from "../test/record-of.ts";
import { type Death, SharedDisk } from "../test/shared-disk.ts";
import type { TaskInit } from "./task.ts";

/** A task that fails some times before it succeeds, and which of those before it it needs. */
const plan = fc.array(
  fc.record({
    fails: fc.constantFrom(0, 0, 0, 1, 2, 9),
    maxRetries: fc.constantFrom(0, 1, 2),
    goesOn: fc.boolean(),
    needs: fc.array(fc.nat(), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 6 },
);
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

const needsOf = (tasks: Plan, at: number): number[] =>
  at === 0 ? [] : [...new Set((tasks[at]?.needs ?? []).map((need) => need % at))];

/** The naive answer, from the first task to the last: status, and failures. */
function expected(tasks: Plan): [string, number][] {
  const ends: [string, number][] = [];
  for (const [at, { fails, maxRetries, goesOn }] of tasks.entries()) {
    const broken = needsOf(tasks, at).some((need) => ends[need]?.[0] !== "completed");
    if (broken && !goesOn) ends.push(["skipped", 0]);
    else ends.push(fails > maxRetries ? ["failed", maxRetries + 1] : ["completed", fails]);
  }
  return ends;
}

const inits = (tasks: Plan): TaskInit[] =>
  tasks.map(({ fails, maxRetries, goesOn }, at) => ({
    id: `t${at}`,
    name: `t${at}`,
    module: "m",
    action: "fails",
    parameters: { fails, n: at },
    dependencies: needsOf(tasks, at).map((need) => `t${need}`),
    maxRetries,
    retryDelayMs: 10,
    onDependencyFailure: goesOn ? "continue" : "skip",
  }));

/** A process that goes on with what is there, and submits what is not; true when it saw the end of everything. */
async function live(disk: SharedDisk, tasks: Plan, calls: string[], death: Death | null): Promise<number> {
  let commits = 0;
  const process = disk.start(death);
  const transact: typeof process.store.transact = (work) => {
    const result = process.store.transact(work);
    commits++;
    return result;
  };
  const rig = new OrchestratorRig({ store: { ...process.store, transact }, probe: process.probe });
  rig.modules.register("m", "fails", ({ fails, n }) => {
    const id = `t${n}`;
    const stored = recordOf(disk.records, id);
    calls.push(`${id} ${stored?.status}`);
    if ((stored?.failures ?? 0) < Number(fails)) throw new Error("not yet");
    return n;
  });
  const { orchestrator } = rig;
  try {
    const found = orchestrator.recover();
    found.catch(() => {});
    await rig.settle();
    for (const init of inits(tasks))
      if (orchestrator.getTask(init.id ?? "") === null) orchestrator.addTask(init);
    orchestrator.startExecution();
    for (let round = 0; round < 12 && !orchestrator.runtime.error; round++) {
      await rig.settle();
      rig.clock.advance(20);
    }
  } catch (error) {
    if (!String(error).includes("died")) throw error;
  }
  process.die();
  return commits;
}

it("ends as if nothing had happened wherever two processes in a row die, and runs nothing again that had ended", async () => {
  let deaths = 0;
  await fc.assert(
    fc.asyncProperty(plan, fc.nat(), fc.nat(), fc.boolean(), async (tasks, first, second, acted) => {
      const undisturbed = await live(new SharedDisk(), tasks, [], null);
      const disk = new SharedDisk();
      const calls: string[] = [];
      for (const at of [first, second])
        await live(disk, tasks, calls, { commits: 1 + (at % undisturbed), acted });
      const had = new Set(
        disk.records.list("tasks/").flatMap(([key, value]) => {
          const { status } = value as { status: string };
          return ["completed", "failed", "skipped"].includes(status) ? [key.slice("tasks/".length)] : [];
        }),
      );
      const before = calls.length;
      await live(disk, tasks, calls, null);
      deaths += 2;
      const ends = tasks.map((_, at) => {
        const { status, failures = 0 } = disk.records.get(`tasks/t${at}`) as {
          status: string;
          failures?: number;
        };
        return [status, failures];
      });
      expect(ends).toEqual(expected(tasks));
      for (const call of calls) expect(call).toMatch(/ running$/);
      for (const call of calls.slice(before)) expect(had).not.toContain(call.split(" ")[0]);
      for (const rows of ["backlog/", "marks/"]) expect(disk.records.list(rows)).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(deaths).toBeGreaterThanOrEqual(300);
});
