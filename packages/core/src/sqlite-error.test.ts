import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { InvalidParametersError } from "./errors.ts";
import { asStorageError } from "./sqlite-error.ts";

const folder = sandbox();
const failed = (errcode: number) =>
  Object.assign(new Error("sqlite says so"), { code: "ERR_SQLITE_ERROR", errcode });

describe("asStorageError", () => {
  it.each([
    [5, "STORE_LOCKED", true, "is being written by another process"],
    [517, "STORE_LOCKED", true, "is being written by another process"],
    [6, "STORE_LOCKED", true, "is being written by another process"],
    [8, "STORAGE_ERROR", true, "it is read-only"],
    [266, "STORAGE_ERROR", true, "the disk reports an error"],
    [11, "STORE_CORRUPT", false, "is damaged or no database"],
    [26, "STORE_CORRUPT", false, "is damaged or no database"],
    [14, "STORAGE_ERROR", true, "cannot be opened"],
    [1, "STORAGE_ERROR", true, "sqlite says so"],
  ] as const)("gives SQLite's code %d as %s", (errcode, code, retryable, text) => {
    expect(asStorageError(failed(errcode), "/x/state.db")).toMatchObject({
      code,
      retryable,
      message: expect.stringMatching(new RegExp(`/x/state.db .*${text}`)),
      details: { path: "/x/state.db" },
    });
  });

  it("says how much room is left when a real database is full, and nothing where the disk does not tell", () => {
    const path = join(folder(), "full.db");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE t (v TEXT); PRAGMA max_page_count=4");
    const fill = () => {
      try {
        return database.prepare("INSERT INTO t VALUES (?)").run("x".repeat(50_000));
      } catch (error) {
        return asStorageError(error, path);
      } finally {
        database.close();
      }
    };
    expect(fill()).toMatchObject({
      code: "STORAGE_ERROR",
      message: expect.stringContaining("the disk is full"),
      details: { path, freeBytes: expect.any(Number) },
    });
    expect(asStorageError(failed(13), "/nowhere/at/all/x.db").details).toEqual({
      path: "/nowhere/at/all/x.db",
      freeBytes: null,
    });
  });

  it.each([
    ["EACCES", "access is denied"],
    ["EROFS", "it is read-only"],
    ["ENOSPC", "the disk is full"],
    ["EMFILE", "too many open files"],
  ])("gives the system's %s in words", (code, text) => {
    const cause = Object.assign(new Error("too many open files"), { code });
    expect(asStorageError(cause, "/x")).toMatchObject({
      code: "STORAGE_ERROR",
      message: expect.stringContaining(text),
      cause,
    });
  });

  it("keeps an error of ours, and takes any thrown value", () => {
    const ours = new InvalidParametersError("mine");
    expect(asStorageError(ours, "/x")).toBe(ours);
    expect(asStorageError("text", "/x").message).toBe("The state at /x cannot be used: text");
    expect(asStorageError(null, "/x").code).toBe("STORAGE_ERROR");
  });
});
