import { noopLogger } from "@orch/core";
import { ManualClock } from "@orch/core/testing";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrchestrationApi } from "./orchestration-api.ts";
import { ResourceWatch } from "./resource-watch.ts";

/** A host of which nothing is there but what a test puts there. */
function aHost() {
  const events = new Map<string, { sequence: number; step_name?: string }[]>();
  const workflows = new Map<string, object>();
  const state = { isDown: false, looks: 0 };
  const host = {
    config: { baseDir: "/base" },
    workflowManager: {
      storedEvents(id: string, after: number) {
        state.looks++;
        if (state.isDown) throw new Error("down");
        return (events.get(id) ?? []).filter(({ sequence }) => sequence > after);
      },
      reloadWorkflows() {},
      listWorkflows: () => Object.fromEntries(workflows),
    },
    getSystemStatus: () => ({
      base_dir: "/base",
      timestamp: `${Math.random()}`,
      uptime_seconds: Math.random(),
    }),
  };
  const emit = (id: string, step_name?: string) => {
    const own = events.get(id) ?? [];
    own.push({ sequence: own.length + 1, ...(step_name === undefined ? {} : { step_name }) });
    events.set(id, own);
  };
  return { host: host as unknown as OrchestrationApi, emit, workflows, state };
}

const RUN = "orch://executions/1";
let clock: ManualClock;
let made: ReturnType<typeof aHost>;
let watch: ResourceWatch;
let told: string[];
beforeEach(() => {
  clock = new ManualClock();
  made = aHost();
  watch = new ResourceWatch({ host: async () => made.host, clock, logger: noopLogger });
  told = [];
  watch.on((uri) => void told.push(uri));
});

/** Lets time pass, and what follows from it happen. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 25) {
    clock.advance(Math.min(25, left));
    await new Promise(setImmediate);
  }
}

describe("a run that is held", () => {
  it("is told of once for all that happened since, and not of what happened before", async () => {
    made.emit("1");
    await watch.hold(RUN);
    await pass(1000);
    expect(told).toEqual([]);
    for (let count = 0; count < 10; count++) made.emit("1");
    await pass(1000);
    expect(told).toEqual([RUN]);
  });

  it("is told of when it begins only afterwards", async () => {
    await watch.hold(RUN);
    made.emit("1");
    await pass(250);
    expect(told).toEqual([RUN]);
  });

  it("is told of four times a second at most, and what happened last always", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 }), async (pauses) => {
        made = aHost();
        const undo = await watch.hold(RUN);
        told = [];
        for (const ms of pauses) {
          await pass(ms);
          made.emit("1");
        }
        const before = told.length;
        await pass(275);
        undo();
        const elapsed = pauses.reduce((sum, ms) => sum + ms, 275);
        expect(told.length).toBeLessThanOrEqual(elapsed / 250);
        expect(told.length - before).toBe(pauses.length === 0 ? 0 : 1);
      }),
      { numRuns: 20 },
    );
  });

  it("is told of by its step when it happened there", async () => {
    await watch.hold(`${RUN}/steps/a`);
    made.emit("1", "b");
    await pass(500);
    expect(told).toEqual([]);
    made.emit("1", "a");
    made.emit("1", "b");
    await pass(500);
    expect(told).toEqual([`${RUN}/steps/a`]);
  });

  it("is looked at again when that failed", async () => {
    await watch.hold(RUN);
    made.state.isDown = true;
    made.emit("1");
    await pass(500);
    expect(told).toEqual([]);
    made.state.isDown = false;
    await pass(250);
    expect(told).toEqual([RUN]);
  });
});

it("tells of what is no run when what is read has changed, which time alone does not do", async () => {
  await watch.hold("orch://workflows");
  await watch.hold("orch://status");
  await pass(3000);
  expect(told).toEqual([]);
  made.workflows.set("greet", {});
  await pass(1000);
  expect(told).toEqual(["orch://workflows"]);
});

it("watches nothing where nothing can be", async () => {
  for (const uri of [
    "",
    "file:///etc/passwd",
    "orch://none",
    "orch://executions/",
    "orch://executions/%",
    `${RUN}/x`,
  ])
    await watch.hold(uri);
  expect([watch.size, clock.pending]).toEqual([0, 0]);
});

it("is held as long as the last of those who hold it wants, and then neither looks nor waits", async () => {
  const undos = [await watch.hold(RUN), await watch.hold(RUN)];
  undos[0]?.();
  undos[0]?.();
  made.emit("1");
  await pass(250);
  expect([told.length, watch.size]).toEqual([1, 1]);
  undos[1]?.();
  const { looks } = made.state;
  made.emit("1");
  await pass(1000);
  expect([told.length, watch.size, clock.pending, made.state.looks]).toEqual([1, 0, 0, looks]);
});

it("keeps nothing of 2,000 that were held, and tells of each of them meanwhile", async () => {
  const uris = Array.from({ length: 2000 }, (_, index) => `orch://executions/${index}`);
  const undos = await Promise.all(uris.map((uri) => watch.hold(uri)));
  for (const index of uris.keys()) made.emit(String(index));
  await pass(1000);
  expect(told.sort()).toEqual(uris.sort());
  for (const undo of undos) undo();
  expect([watch.size, clock.pending]).toEqual([0, 0]);
});
