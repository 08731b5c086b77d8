import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { newId, type Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { expect, it } from "vitest";

const RECORDS = 4000;
const KEPT = 500;

function start(path: string): ChildProcess {
  const sweeper = join(import.meta.dirname, "fixtures", "sweeper.ts");
  return spawn(process.execPath, ["--conditions=@orch/source", sweeper, path, `${KEPT}`], {
    stdio: ["pipe", "ignore", "inherit"],
  });
}

async function kill(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) child.kill("SIGKILL");
  for (const child of children)
    if (child.signalCode === null) await new Promise((resolve) => child.on("exit", resolve));
}

/** Resolves when the store has no more records than that. */
async function untilDown(store: Store, most: number): Promise<void> {
  for (let seen = -1; ; await setTimeout(5)) {
    const version = store.foreignVersion();
    if (version === seen) continue;
    seen = version;
    if (store.list("tasks/", { fields: [] }).length <= most) return;
  }
}

it("deletes what is too old with two processes at it that are killed on the way, and nothing else", async () => {
  const directory = mkdtempSync(join(tmpdir(), "orch-sweep-kill-"));
  const path = join(directory, "state.db");
  const store = sqliteStore(path, { durability: "normal" });
  const now = Date.now();
  const ids = Array.from({ length: RECORDS }, (_, n) => newId(now - RECORDS + n));
  store.transact((tx) => {
    for (const [n, id] of ids.entries())
      tx.put(`tasks/${id}`, {
        ...{ name: "n", module: "m", action: "a", parameters: {}, priority: 2, status: "completed" },
        ...{ created_at: now - RECORDS + n, ended_at: now - RECORDS + n },
      });
  });
  for (const left of [2500, KEPT]) {
    const children = [start(path), start(path)];
    await untilDown(store, left);
    await kill(children);
  }
  const kept = store.list("tasks/").map(([key]) => key.slice("tasks/".length));
  // Of each process that has begun its own task may be among them, in the place of an older one.
  const newest = ids.slice(-KEPT + 4);
  expect(kept).toEqual(expect.arrayContaining(newest));
  expect(kept.filter((id) => ids.indexOf(id) < RECORDS - KEPT && ids.includes(id))).toEqual([]);
  store.close();
  rmSync(directory, { recursive: true });
}, 240_000);
