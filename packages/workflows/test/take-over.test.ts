import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonObject, StorageError, type Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { ManualClock } from "@orch/core/testing";
import type { Liveness } from "@orch/tasks";
import { afterAll, describe, expect, it } from "vitest";
import { aManager, drive, probeOf, settle } from "./rig.ts";

const directory = mkdtempSync(join(tmpdir(), "orch-take-over-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const STEPS: readonly JsonObject[] = ["a", "b", "c"].map((name, at, names) => ({
  name,
  module: "rec",
  action: "slow",
  parameters: { ms: 100 },
  dependencies: names.slice(0, at),
  max_retries: 0,
}));

let files = 0;
/** A process on one of the files; `others` says what it believes of the rest. */
function onFile(file: string, pid: number, others: Liveness, clock: ManualClock) {
  const store = sqliteStore(file, { durability: "normal" });
  const made = aManager({ store, clock, probe: probeOf(pid, others) });
  made.manager.createWorkflow("w", STEPS);
  return made;
}
const aFile = (): string => join(directory, `${files++}.db`);
const recordsOf = (store: Store): string =>
  JSON.stringify(["executions/", "steps/", "events/"].map((prefix) => store.list(prefix)));

describe("two processes on one file", () => {
  it("do not take a living one's execution", async () => {
    const clock = new ManualClock();
    const file = aFile();
    const [one, two] = [onFile(file, 4711, "alive", clock), onFile(file, 4712, "alive", clock)];
    const id = await drive(one.manager.startWorkflow("w"), clock);
    const before = recordsOf(two.store);
    await expect(two.manager.resumeExecution(id)).rejects.toMatchObject({
      code: "STORE_LOCKED",
      details: { pid: 4711 },
      message: expect.stringContaining("process 4711"),
    });
    expect(await two.manager.recover()).toEqual({ resumed: [], failed: [] });
    expect(two.manager.cancelExecution(id)).toBe(false);
    expect(recordsOf(two.store)).toBe(before);
    expect(await drive(one.manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
    expect(two.calls).toEqual([]);
  });

  it("take over from a dead one, which writes nothing more", async () => {
    const [clock, later] = [new ManualClock(), new ManualClock()];
    const file = aFile();
    const one = onFile(file, 4711, "alive", clock);
    const outcome = one.manager.executeWorkflow("w").catch((error: unknown) => error);
    await settle();
    clock.advance(100);
    await settle();
    expect(one.calls.map(({ step }) => step)).toEqual(["a", "b"]);
    const two = onFile(file, 4712, "dead", later);
    const [entry] = two.manager.listExecutions();
    const id = entry?.id ?? "";
    await drive(two.manager.resumeExecution(id), later);
    const before = recordsOf(two.store);
    // The first one was only stopped, and wakes up: the end of its step is refused, and its work is aborted.
    clock.advance(100);
    await settle();
    expect(await outcome).toMatchObject({ code: "FENCED" });
    expect(one.calls.map(({ step }) => step)).toEqual(["a", "b"]);
    expect(recordsOf(two.store)).toBe(before);
    await expect(one.manager.startWorkflow("w")).rejects.toMatchObject({ code: "FENCED" });
    expect(await drive(two.manager.waitForExecution(id), later)).toMatchObject({
      status: "completed",
      results: { a: { attempts: 1 }, b: { attempts: 2 }, c: { attempts: 1 } },
    });
    expect(two.calls.map(({ step, attempt, key }) => [step, attempt, key])).toEqual([
      ["b", 2, `${id}/b`],
      ["c", 1, `${id}/c`],
    ]);
  });

  it("do not write a take-over whose commit failed over one that another made in the meantime", async () => {
    const clock = new ManualClock();
    const file = aFile();
    const dead = onFile(file, 1, "alive", clock);
    const id = await drive(dead.manager.startWorkflow("w"), clock);
    const raw = sqliteStore(file, { durability: "normal" });
    let failures = 1;
    const full: Store = {
      get: (key) => raw.get(key),
      list: (prefix, options) => raw.list(prefix, options),
      foreignVersion: () => raw.foreignVersion(),
      close: () => raw.close(),
      transact: (work) =>
        raw.transact((tx) => {
          const result = work(tx);
          if (failures-- > 0) throw new StorageError("The disk is full");
          return result;
        }),
    };
    const two = aManager({ store: full, clock, probe: probeOf(2, "dead") });
    const three = onFile(file, 3, "dead", clock);
    const refused = two.manager.resumeExecution(id).catch((error: unknown) => error);
    await settle();
    expect(failures).toBe(0);
    await drive(three.manager.resumeExecution(id), clock);
    // The second one tries its writes again, and finds that they are not its own to make any more.
    clock.advance(100);
    expect(await refused).toMatchObject({ code: "FENCED" });
    expect(two.calls).toEqual([]);
    expect(await drive(three.manager.waitForExecution(id), clock)).toMatchObject({ status: "completed" });
    expect(three.calls.map(({ step, attempt }) => [step, attempt])).toEqual([
      ["a", 2],
      ["b", 1],
      ["c", 1],
    ]);
  });

  it("cannot both take over the same execution", async () => {
    const clock = new ManualClock();
    const file = aFile();
    const dead = onFile(file, 1, "alive", clock);
    const id = await drive(dead.manager.startWorkflow("w"), clock);
    await settle();
    const [two, three] = [onFile(file, 2, "dead", clock), onFile(file, 3, "dead", clock)];
    const outcomes = await drive(
      Promise.allSettled([
        two.manager.resumeExecution(id),
        three.manager.resumeExecution(id),
        two.manager.resumeExecution(id),
      ]),
      clock,
    );
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toEqual([
      {
        status: "rejected",
        reason: expect.objectContaining({
          code: "STORE_LOCKED",
          details: expect.objectContaining({ pid: 2 }),
        }),
      },
    ]);
    await drive(two.manager.waitForExecution(id), clock);
    expect([two.calls.length, three.calls.length]).toEqual([3, 0]);
  });

  it("take over one of which nothing is known only when it has been silent for four seconds", async () => {
    const clock = new ManualClock();
    const file = aFile();
    const one = onFile(file, 1, "alive", clock);
    one.manager.createWorkflow("long", [
      { name: "a", module: "rec", action: "slow", parameters: { ms: 60_000 }, max_retries: 0 },
    ]);
    const id = await drive(one.manager.startWorkflow("long"), clock);
    await settle();
    const two = onFile(file, 2, "unknown", clock);
    const refused = two.manager.resumeExecution(id).catch((error: unknown) => error);
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await settle();
    }
    expect(await refused).toMatchObject({ code: "STORE_LOCKED", details: { pid: 1 } });
    const silent = new ManualClock();
    const three = onFile(file, 3, "unknown", silent);
    const taken = drive(three.manager.recover(), silent);
    expect(await taken).toEqual({ resumed: [id], failed: [] });
    expect(silent.monotonic()).toBe(4000);
  });

  it("recover all but a damaged execution, and list the others", async () => {
    const clock = new ManualClock();
    const file = aFile();
    const dead = onFile(file, 1, "alive", clock);
    const ids = [];
    for (let run = 0; run < 3; run++) ids.push(await drive(dead.manager.startWorkflow("w"), clock));
    const [good, damaged, other] = ids;
    await settle();
    const two = onFile(file, 2, "dead", clock);
    two.store.transact((tx) => tx.put(`executions/${damaged}`, { nonsense: true }));
    const recovered = await drive(two.manager.recover(), clock);
    expect(recovered).toEqual({ resumed: [good, other], failed: [damaged] });
    expect(two.manager.listExecutions().map(({ id }) => id)).toEqual([other, good]);
    expect(await drive(two.manager.waitForExecution(good ?? ""), clock)).toMatchObject({
      status: "completed",
    });
    expect(await drive(two.manager.waitForExecution(other ?? ""), clock)).toMatchObject({
      status: "completed",
    });
  });
});
