import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sqliteStore } from "./sqlite.ts";

const PAGE_BYTES = 4096;

it("opens what a process left that died in a checkpoint, when the first page was moved and the others were not", () => {
  const directory = mkdtempSync(join(tmpdir(), "orch-checkpoint-"));
  try {
    const [path, left] = [join(directory, "state.db"), join(directory, "left.db")];
    const store = sqliteStore(path);
    for (let n = 0; n < 50; n++) store.transact((tx) => tx.put(`rows/${n}`, "x".repeat(1000)));
    // What is on disk before the checkpoint: a short database file, and a WAL file with everything.
    copyFileSync(path, left);
    copyFileSync(`${path}-wal`, `${left}-wal`);
    store.close();
    // The checkpoint begins with the first page, which says how many pages there are: more than the file has so far.
    const [before, after] = [readFileSync(left), readFileSync(path)];
    expect(after.length).toBeGreaterThan(before.length);
    writeFileSync(left, Buffer.concat([after.subarray(0, PAGE_BYTES), before.subarray(PAGE_BYTES)]));

    const reopened = sqliteStore(left);
    expect(reopened.list("rows/")).toHaveLength(50);
    reopened.transact((tx) => tx.put("rows/50", 1));
    reopened.close();

    // Without its WAL file the same file has lost most of its pages, and is refused.
    writeFileSync(left, Buffer.concat([after.subarray(0, PAGE_BYTES), before.subarray(PAGE_BYTES)]));
    expect(() => sqliteStore(left)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
