import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@orch/core";
import { sqliteStore } from "@orch/core/sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Neighbours } from "./neighbours.ts";
import { OthersVersion } from "./others-version.ts";

let directory: string;
let mine: Store;
let theirs: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "orch-neighbours-"));
  mine = sqliteStore(join(directory, "state.db"));
  theirs = sqliteStore(join(directory, "state.db"));
});
afterEach(() => {
  mine.close();
  theirs.close();
  rmSync(directory, { recursive: true });
});

const turn = () => new Promise(setImmediate);

it("sees nobody while only this store commits, and somebody for good after the first commit of another", async () => {
  const neighbours = new Neighbours(mine, new OthersVersion(mine));
  expect(neighbours.any).toBe(false);
  mine.transact((tx) => tx.put("backlog/me/1", ["a"]));
  await turn();
  expect(neighbours.any).toBe(false);
  theirs.transact((tx) => tx.put("backlog/you/1", ["b"]));
  await turn();
  expect(neighbours.any).toBe(true);
  theirs.transact((tx) => tx.delete("backlog/you/1"));
  await turn();
  expect(neighbours.any).toBe(true);
});

it("sees who left unfinished tasks before", () => {
  theirs.transact((tx) => tx.put("backlog/you/1", ["b"]));
  expect(new Neighbours(mine, new OthersVersion(mine)).any).toBe(true);
});
