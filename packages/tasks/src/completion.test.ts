import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrchestratorRig } from "../test/orchestrator-rig.ts";
import { SharedDisk } from "../test/shared-disk.ts";
import type { Task } from "./task.ts";
import { isTerminalStatus } from "./task-status.ts";

/** What a promise has come to by now: its value, the code of its error, or that it is pending. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const settled = promise.then(
    (value) => value,
    (error: { code: string }) => error.code,
  );
  return Promise.race([settled, new Promise((resolve) => setImmediate(resolve, "pending"))]);
}

const statesOf = (promises: readonly Promise<unknown>[]): Promise<unknown[]> =>
  Promise.all(promises.map(stateOf));

/** An orchestrator with a task that runs until it is told to end. */
async function busyRig(where: "memory" | "disk"): Promise<OrchestratorRig> {
  const rig = new OrchestratorRig({ maxWorkers: 16, ...(where === "disk" ? new SharedDisk().start() : {}) });
  rig.orchestrator.submitTask(rig.task("slow", { id: "neighbour", name: "neighbour" }));
  await rig.settle();
  return rig;
}

describe.each(["memory", "disk"] as const)("while something else runs, with a store on %s", (where) => {
  it("refuses to execute what can never run, as soon as that is decided", async () => {
    const rig = await busyRig(where);
    const waits = [
      rig.orchestrator.executeTask(rig.task("ok", { id: "c", dependencies: ["c"] })),
      rig.orchestrator.executeTask(rig.task("ok", { id: "m", dependencies: ["missing"] })),
      rig.orchestrator.executeTask(rig.task("ok", { id: "behind", dependencies: ["c", "neighbour"] })),
      rig.orchestrator.executeTask(rig.task("ok", { id: "later", dependencies: ["neighbour"] })),
    ];
    for (const wait of waits) wait.catch(() => {});
    await rig.settle();
    const failed = "DEPENDENCY_FAILED";
    expect(await statesOf(waits)).toEqual([failed, failed, failed, "pending"]);
    expect(rig.calls).toHaveLength(1);
    await rig.finish();
    expect(await waits[3]).toMatchObject({ status: "completed" });
  });

  it("says at once that waiting for what can never run is in vain", async () => {
    const rig = await busyRig(where);
    const { orchestrator } = rig;
    orchestrator.submitTask(rig.task("ok", { id: "d", dependencies: ["d"] }));
    orchestrator.submitTask(rig.task("ok", { id: "m", dependencies: ["missing"] }));
    const waits = [["d"], ["m"], ["m", "d"], ["d", "neighbour"]].map((taskIds) =>
      orchestrator.waitForCompletion({ taskIds }),
    );
    const all = orchestrator.waitForCompletion();
    await rig.settle();
    expect(await statesOf([...waits, all])).toEqual([false, false, false, "pending", "pending"]);
    expect(await stateOf(orchestrator.waitForCompletion({ taskIds: ["d"] }))).toBe(false);
  });

  it("waits on when what is missing comes in the same turn, and gives up when that closes a cycle", async () => {
    const rig = await busyRig(where);
    const { orchestrator } = rig;
    const good = orchestrator.executeTask(rig.task("ok", { id: "a", dependencies: ["b"] }));
    orchestrator.submitTask(rig.task("ok", { id: "b" }));
    const bad = orchestrator.executeTask(rig.task("ok", { id: "x", dependencies: ["y"] }));
    orchestrator.submitTask(rig.task("ok", { id: "y", dependencies: ["x"] }));
    bad.catch(() => {});
    await rig.settle();
    expect(await statesOf([good, bad])).toEqual([
      expect.objectContaining({ status: "completed" }),
      "DEPENDENCY_FAILED",
    ]);
  });

  it("gives up when only what can never run is left of what is waited for", async () => {
    const rig = await busyRig(where);
    const { orchestrator } = rig;
    orchestrator.submitTask(rig.task("ok", { id: "stuck", dependencies: ["stuck"] }));
    orchestrator.submitTask(rig.task("slow", { id: "one" }));
    orchestrator.submitTask(rig.task("slow", { id: "two" }));
    const wait = orchestrator.waitForCompletion({ taskIds: ["stuck", "one", "two"] });
    await rig.settle();
    // The oldest call is the neighbour's.
    const [neighbour] = rig.calls.splice(0, 1);
    await rig.finish();
    expect(await stateOf(wait)).toBe("pending");
    orchestrator.cancelTask("two");
    await rig.settle();
    expect(await stateOf(wait)).toBe(false);
    neighbour?.resolve();
  });

  it("counts what was posted before: a task that is about to be cancelled ends", async () => {
    const rig = await busyRig(where);
    const { orchestrator } = rig;
    orchestrator.submitTask(rig.task("ok", { id: "stuck", dependencies: ["stuck"] }));
    await rig.settle();
    orchestrator.cancelTask("stuck");
    const wait = orchestrator.waitForCompletion({ taskIds: ["stuck"] });
    await rig.settle();
    expect(await stateOf(wait)).toBe(true);
  });
});

it("knows of what ended while it asked, before anybody was told", async () => {
  const rig = await busyRig("memory");
  const { orchestrator } = rig;
  orchestrator.submitTask(rig.task("ok", { id: "next", dependencies: ["neighbour"] }));
  await rig.settle();
  orchestrator.runtime.lookAgain();
  const wait = orchestrator.waitForCompletion({ taskIds: ["next"] });
  orchestrator.cancelTask("neighbour");
  orchestrator.runtime.tick();
  expect(await stateOf(wait)).toBe(true);
  expect(orchestrator.getTaskStatus("next")).toBe("skipped");
});

it("answers also while something new is posted all the time", async () => {
  const rig = await busyRig("memory");
  const { orchestrator } = rig;
  let left = 200;
  // Whatever comes brings the next before it is told that it came.
  orchestrator.events.on("task_submitted", () => {
    if (left-- > 0) orchestrator.submitTask(rig.task("ok"));
  });
  orchestrator.submitTask(rig.task("ok"));
  const wait = orchestrator.executeTask(rig.task("ok", { id: "c", dependencies: ["c"] }));
  wait.catch(() => {});
  for (let ticks = 0; ticks < 4; ticks++) orchestrator.runtime.tick();
  expect(orchestrator.runtime.pending).toBe(true);
  expect(await stateOf(wait)).toBe("DEPENDENCY_FAILED");
});

it("knows of tasks that are taken over what they wait for, and gives up where that never comes", async () => {
  const disk = new SharedDisk();
  const first = disk.start();
  const before = new OrchestratorRig({ ...first });
  before.orchestrator.submitTask(before.task("ok", { id: "theirs", dependencies: ["never"] }));
  before.orchestrator.submitTask(before.task("slow", { id: "running" }));
  await before.settle();
  const rig = new OrchestratorRig({ ...disk.start() });
  const { orchestrator } = rig;
  orchestrator.submitTask(rig.task("slow", { id: "neighbour" }));
  const waits = [
    orchestrator.executeTask(rig.task("ok", { id: "mine", dependencies: ["theirs"] })),
    orchestrator.waitForCompletion({ taskIds: ["theirs"] }),
    orchestrator.waitForCompletion({ taskIds: ["theirs", "running"] }),
  ];
  for (const wait of waits) wait.catch(() => {});
  await rig.settle();
  expect(await statesOf(waits)).toEqual(["pending", "pending", "pending"]);
  first.die();
  const recovered = orchestrator.recover();
  recovered.catch(() => {});
  await rig.settle();
  await rig.settle();
  expect(await stateOf(recovered)).toMatchObject({ adopted: expect.arrayContaining(["theirs"]) });
  expect(await statesOf(waits)).toEqual(["DEPENDENCY_FAILED", false, "pending"]);
});

const plan = fc.record({
  needs: fc.array(fc.array(fc.nat(9), { maxLength: 2 }), { minLength: 1, maxLength: 9 }),
  order: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
  slow: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
  waits: fc.array(fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
});

/** Of tasks that have not ended those that can end: those that run, and those that lack nothing else. */
function endable(open: readonly Task[], all: readonly Task[]): Set<string> {
  const known = new Set(all.map(({ id }) => id));
  const ends = new Set(open.filter(({ status }) => status !== "blocked").map(({ id }) => id));
  const waiting = new Set(open.map(({ id }) => id));
  for (let size = -1; size !== ends.size; ) {
    size = ends.size;
    for (const { id, dependencies } of open) {
      const lacking = dependencies.filter((each) => !known.has(each) || waiting.has(each));
      if (lacking.every((each) => ends.has(each))) ends.add(id);
    }
  }
  return ends;
}

it("settles each wait exactly when all has ended or nothing of the rest can, whatever the graph", async () => {
  const reached = new Set<unknown>();
  await fc.assert(
    fc.asyncProperty(plan, async ({ needs, order, slow, waits }) => {
      const rig = await busyRig("memory");
      const { orchestrator } = rig;
      const [neighbour] = rig.calls.splice(0);
      // Those of the higher numbers are never there.
      const tasks = needs.map((on, at) =>
        rig.task(slow[at] ? "slow" : "ok", { id: `t${at}`, dependencies: on.map((each) => `t${each}`) }),
      );
      for (const task of tasks) orchestrator.submitTask(task);
      const asked = waits.map((numbers) => tasks.filter((_, at) => numbers.includes(at)));
      const promises = asked.map((each) =>
        orchestrator.waitForCompletion({ taskIds: each.map(({ id }) => id) }),
      );
      let states: unknown[] = asked.map(() => "pending");
      for (const last of order) {
        await rig.settle();
        const ends = endable(
          tasks.filter(({ status }) => !isTerminalStatus(status)),
          tasks,
        );
        const expected = asked.map((each, at) => {
          const left = each.filter(({ status }) => !isTerminalStatus(status));
          if (states[at] !== "pending") return states[at];
          return left.length === 0 || (left.some(({ id }) => ends.has(id)) ? "pending" : false);
        });
        states = await statesOf(promises);
        expect(states).toEqual(expected);
        for (const state of states) reached.add(state);
        const [call] = rig.calls.splice(last ? rig.calls.length - 1 : 0, 1);
        call?.resolve();
      }
      await rig.settle();
      expect(rig.calls).toEqual([]);
      neighbour?.resolve();
      await rig.settle();
    }),
  );
  expect(reached).toEqual(new Set([true, false, "pending"]));
});
