import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { replaceFile } from "./replace-file.ts";

const folder = sandbox();

describe("replaceFile", () => {
  it("writes a file where none was, with the directories above it, and replaces it", () => {
    const root = folder();
    const path = join(root, "a", "b", "page.md");
    replaceFile(path, "one");
    replaceFile(path, "tŵo");
    expect(readFileSync(path, "utf8")).toBe("tŵo");
    expect(readdirSync(join(root, "a", "b"))).toEqual(["page.md"]);
  });

  it("leaves what was there, and nothing beside it, when it cannot write", () => {
    const root = folder();
    const path = join(root, "taken");
    mkdirSync(join(path, "inside"), { recursive: true });
    expect(() => replaceFile(path, "text")).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR", details: { path } }),
    );
    expect(readdirSync(root)).toEqual(["taken"]);
    expect(existsSync(join(path, "inside"))).toBe(true);
  });

  it("names the file in the way where a directory should be", () => {
    const root = folder();
    writeFileSync(join(root, "file"), "");
    expect(() => replaceFile(join(root, "file", "page.md"), "text")).toThrow(/page\.md cannot be written/);
  });

  it.skipIf(process.getuid?.() === 0)("says so where it may not write", () => {
    const root = folder();
    chmodSync(root, 0o500);
    expect(() => replaceFile(join(root, "page.md"), "text")).toThrow(/EACCES/);
    chmodSync(root, 0o700);
  });
});
