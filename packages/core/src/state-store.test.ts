import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyStateNote, stateStore } from "./state-store.ts";

describe("stateStore", () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "orch-lazy-"));
    path = join(directory, "state", "state.db");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const open = () => stateStore(dirname(path));

  it("leaves no trace while it is only read", () => {
    const store = open();
    expect([store.get("a/1"), store.list("a/"), store.foreignVersion()]).toEqual([undefined, [], 0]);
    store.close();
    expect(existsSync(join(directory, "state"))).toBe(false);
  });

  it("makes the file with the first write", () => {
    const store = open();
    store.transact((tx) => tx.put("a/1", 1));
    expect(existsSync(path)).toBe(true);
    expect(store.get("a/1")).toBe(1);
    store.close();
  });

  it("finds a file that somebody else has made in the meantime", () => {
    const [reader, writer] = [open(), open()];
    expect(reader.get("a/1")).toBeUndefined();
    writer.transact((tx) => tx.put("a/1", 1));
    expect(reader.get("a/1")).toBe(1);
    reader.close();
    writer.close();
  });

  it("refuses writes after it was closed, also when it was never opened", () => {
    const store = open();
    store.close();
    expect(() => store.transact(() => 1)).toThrow(expect.objectContaining({ code: "STORAGE_ERROR" }));
    expect(existsSync(path)).toBe(false);
  });

  it("takes an empty file for none until it is written, and says so once nobody can be making it", () => {
    mkdirSync(dirname(path), { mode: 0o700 });
    writeFileSync(path, "", { mode: 0o600 });
    const { mtimeMs } = statSync(path);
    expect(emptyStateNote(dirname(path), mtimeMs + 100)).toBeNull();
    expect(emptyStateNote(dirname(path), mtimeMs + 60_000)).toContain(`${path} is empty`);
    const store = open();
    expect(store.list("a/")).toEqual([]);
    expect(statSync(path).size).toBe(0);
    store.transact((tx) => tx.put("a/1", 1));
    expect(store.get("a/1")).toBe(1);
    expect(emptyStateNote(dirname(path), mtimeMs + 60_000)).toBeNull();
    expect(emptyStateNote(join(directory, "nothing"), 0)).toBeNull();
    store.close();
  });
});
