import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteStore } from "./sqlite.ts";
import { backupState } from "./state-backup.ts";
import { inspectState } from "./state-inspection.ts";
import { stateStore } from "./state-store.ts";

let folder = "";
let state = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-care-"));
  state = join(folder, ".workflows");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LARGE = "x".repeat(400_000);
const refused = (code: string) => expect.objectContaining({ code });

describe("a backup", () => {
  it("holds all that was there, large values too, while somebody has the state open and writes on", () => {
    const store = stateStore(state);
    store.transact((tx) => {
      tx.put("tasks/a", { n: 1 });
      tx.put("tasks/b", { result: LARGE });
    });
    const made = backupState(state, join(folder, "copies", "one.db"));
    store.transact((tx) => tx.put("tasks/c", 3));
    store.close();
    expect(made).toMatchObject({ blobCount: 1, file: join(folder, "copies", "one.db") });
    expect(readdirSync(join(folder, "copies")).sort()).toEqual(["one.db", "one.db-blobs"]);
    expect(statSync(made.file).mode & 0o077).toBe(0);
    const copy = sqliteStore(made.file);
    expect(copy.list("tasks/")).toEqual([
      ["tasks/a", { n: 1 }],
      ["tasks/b", { result: LARGE }],
    ]);
    copy.close();
  });

  it("writes over nothing, and is none of nothing", () => {
    expect(() => backupState(state, join(folder, "one.db"))).toThrow(refused("STORAGE_ERROR"));
    const store = stateStore(state);
    store.transact((tx) => tx.put("tasks/a", 1));
    writeFileSync(join(folder, "one.db"), "mine");
    expect(() => backupState(state, join(folder, "one.db"))).toThrow(/is there already/);
    store.close();
    expect(readdirSync(folder).sort()).toEqual([".workflows", "one.db"]);
  });

  it("is refused, and leaves nothing, where a large value is missing or the database is damaged", () => {
    const store = stateStore(state);
    store.transact((tx) => tx.put("tasks/b", { result: LARGE }));
    rmSync(join(state, "blobs"), { recursive: true });
    expect(() => backupState(state, join(folder, "one.db"))).toThrow(refused("STORE_CORRUPT"));
    store.close();
    writeFileSync(join(state, "state.db"), "something else ".repeat(1000));
    expect(() => backupState(state, join(folder, "one.db"))).toThrow();
    expect(readdirSync(folder)).toEqual([".workflows"]);
  });
});

describe("a look at the state", () => {
  it("finds nothing wrong with what a store has made", () => {
    expect(inspectState(state)).toBeNull();
    const store = stateStore(state);
    store.transact((tx) => tx.put("tasks/b", { result: LARGE }));
    expect(inspectState(state)).toMatchObject({ exposed: [], damage: [], blobs: 1 });
    store.close();
    expect(existsSync(join(state, "state.db-wal"))).toBe(false);
  });

  it.skipIf(process.platform === "win32")("says what others can use, and what is damaged", () => {
    const store = stateStore(state);
    store.transact((tx) => tx.put("tasks/a", 1));
    store.close();
    chmodSync(join(state, "state.db"), 0o644);
    expect(inspectState(state)?.exposed).toEqual([
      `${join(state, "state.db")} can be used by others (mode 644)`,
    ]);
    writeFileSync(join(state, "state.db"), "something else ".repeat(1000));
    expect(inspectState(state)?.damage).not.toEqual([]);
  });
});
