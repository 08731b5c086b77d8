import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newId, type Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { StoredIds } from "./stored-ids.ts";
import { taskKey } from "./task-key.ts";

let directory: string;
let mine: Store;
let theirs: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "orch-stored-ids-"));
  mine = sqliteStore(join(directory, "state.db"));
  theirs = sqliteStore(join(directory, "state.db"));
});
afterEach(() => {
  mine.close();
  theirs.close();
  rmSync(directory, { recursive: true });
});

const write = (store: Store, id: string) => store.transact((tx) => tx.put(taskKey(id), { id }));
const mayHave = (id: string) => StoredIds.of(mine).mayHave(id, mine.foreignVersion());

it("knows without a look at each that no caller's id is there, as long as only ids that were made here are", () => {
  expect(mayHave("a")).toBe(false);
  for (let count = 0; count < 3; count++) {
    const id = newId();
    StoredIds.of(mine).wrote(id);
    write(mine, id);
  }
  expect(["a", "-", "~"].map(mayHave)).toEqual([false, false, false]);
});

it("does not know of an id that could be one that was made here", () => {
  expect(mayHave("0-my-task")).toBe(true);
});

it.each(["a", "~", "!", "9"])("notices that another process has written '%s'", (id) => {
  write(theirs, newId());
  expect(mayHave("b")).toBe(false);
  write(theirs, id);
  expect(mayHave("b")).toBe(true);
});

it("takes a damaged row for one of a caller's", () => {
  const [first, last] = [newId(), newId()];
  for (const id of [first, last]) write(mine, id);
  expect(mayHave("b")).toBe(false);
  const database = new DatabaseSync(join(directory, "state.db"));
  database.prepare("UPDATE c_tasks SET v = '{' WHERE k = ?").run(last);
  database.close();
  expect(mayHave("b")).toBe(true);
});

it("is told by all who write to the same store, and remembers it", () => {
  expect(mayHave("b")).toBe(false);
  StoredIds.of(mine).wrote("a");
  expect(mayHave("b")).toBe(true);
  expect(StoredIds.of(theirs)).not.toBe(StoredIds.of(mine));
});
