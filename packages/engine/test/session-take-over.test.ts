import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "@orch/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OrchestrationEngine } from "../src/index.ts";

let baseDir: string;
beforeEach(() => {
  baseDir = mkdtempSync(join(tmpdir(), "orch-sessions-"));
});
afterEach(() => rmSync(baseDir, { recursive: true, force: true }));

/** A session whose engine is gone. */
async function leftSession(): Promise<string> {
  const engine = new OrchestrationEngine({ baseDir });
  const id = engine.createSession("alice");
  await engine.shutdown({ keepSessions: true });
  return id;
}

describe("a session of an engine that is gone", () => {
  it("is taken over by exactly one of those who try at the same instant", async () => {
    const id = await leftSession();
    await using first = new OrchestrationEngine({ baseDir });
    await using second = new OrchestrationEngine({ baseDir });
    const told: string[] = [];
    for (const [name, engine] of Object.entries({ first, second }))
      engine.registerEventHandler("session_recovered", () => told.push(name));
    // Until the lock is given back, both see a session of nobody.
    const other = new DatabaseSync(join(baseDir, ".workflows", "state.db"));
    other.exec("BEGIN IMMEDIATE");
    const recoveries = [first, second].map((engine) => engine.recover());
    await new Promise((done) => globalThis.setImmediate(done));
    await new Promise((done) => globalThis.setImmediate(done));
    other.exec("ROLLBACK");
    other.close();
    const found = await Promise.all(recoveries);
    expect(found.map(({ sessions }) => sessions).sort()).toEqual([0, 1]);
    expect(told).toEqual([found[0]?.sessions === 1 ? "first" : "second"]);
    // Who did not get it does not close it at its own end.
    await (found[0]?.sessions === 1 ? second : first).shutdown();
    const winner = found[0]?.sessions === 1 ? first : second;
    expect(winner.getSession(id)?.status).toBe("pending");
  });

  it.each([
    ["moved on", 0, 400],
    ["was set back", -3_600_000, 1000],
    ["was set forward", 300, 100],
  ])(
    "has as much time left as the wall clock says that %s, and never more than all",
    async (_, jumpMs, leftMs) => {
      const clock = new ManualClock();
      const before = new OrchestrationEngine({ baseDir, clock });
      const id = before.createSession("alice", { timeoutMs: 1000 });
      const work = before.executeTask({ module: "core", action: "echo" }, id);
      clock.advance(0);
      await work;
      clock.advance(600);
      await before.shutdown({ keepSessions: true });
      clock.jumpTo(clock.now() + jumpMs);
      await using engine = new OrchestrationEngine({ baseDir, clock });
      expect((await engine.recover()).sessions).toBe(1);
      clock.advance(leftMs - 1);
      expect(engine.getSession(id)?.status).toBe("active");
      clock.advance(1);
      expect(engine.getSession(id)).toBeNull();
      expect(engine.listSessions({ includeClosed: true })).toMatchObject([{ status: "cancelled" }]);
    },
  );

  it("is ended, not taken over, when its time was over before", async () => {
    const clock = new ManualClock();
    const before = new OrchestrationEngine({ baseDir, clock });
    const id = before.createSession("alice", { timeoutMs: 1000 });
    const work = before.executeTask({ module: "core", action: "echo" }, id);
    clock.advance(0);
    await work;
    await before.shutdown({ keepSessions: true });
    clock.advance(1000);
    await using engine = new OrchestrationEngine({ baseDir, clock });
    expect((await engine.recover()).sessions).toBe(0);
    expect(engine.listSessions({ includeClosed: true })).toMatchObject([
      { sessionId: id, status: "cancelled" },
    ]);
  });
});
