import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sandbox } from "../test/sandbox.ts";
import { type DirectoryInfo, scanDirectory } from "./directory-scan.ts";

const folder = sandbox();

function aTree(): string {
  const root = folder();
  for (const path of ["b/c/d/e", "a", ".git/objects", "node_modules/x", "b/node_modules"])
    mkdirSync(join(root, path), { recursive: true });
  for (const [path, bytes] of Object.entries({
    "Z.md": 1,
    "a.md": 2,
    ".hidden": 4,
    "b/1": 8,
    "b/c/2": 16,
    "b/c/d/3": 32,
    "b/c/d/e/4": 64,
    ".git/x": 128,
  }))
    writeFileSync(join(root, path), "x".repeat(bytes));
  return root;
}

/** Names alone. */
const names = ({ files, directories, unknown }: DirectoryInfo): unknown => ({
  ...(unknown === undefined ? {} : { unknown }),
  files,
  ...Object.fromEntries(directories.map((each) => [each.name, names(each)])),
});

describe("scanDirectory", () => {
  it("lists what is there, in order, three levels deep, without what nobody documents", () => {
    const root = aTree();
    const found = scanDirectory(root);
    expect(names(found)).toEqual({
      files: [".hidden", "Z.md", "a.md"],
      a: { files: [] },
      b: { files: ["1"], c: { files: ["2"], d: { files: ["3"], e: { unknown: "too deep", files: [] } } } },
    });
    expect(found).toMatchObject({ path: root, fileCount: 6, totalBytes: 1 + 2 + 4 + 8 + 16 + 32 });
    expect(found.directories.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("looks as deep as it is told", () => {
    const root = aTree();
    expect(scanDirectory(root, { maxDepth: Number.POSITIVE_INFINITY }).totalBytes).toBe(127);
    expect(names(scanDirectory(root, { maxDepth: 0 }))).toEqual({
      files: [".hidden", "Z.md", "a.md"],
      a: { unknown: "too deep", files: [] },
      b: { unknown: "too deep", files: [] },
    });
  });

  it("never follows a link", () => {
    const [root, elsewhere] = [folder(), folder()];
    writeFileSync(join(elsewhere, "secret"), "x".repeat(1000));
    symlinkSync(elsewhere, join(root, "out"));
    symlinkSync(root, join(root, "round"));
    symlinkSync(join(root, "nowhere"), join(root, "dead"));
    const found = scanDirectory(root);
    expect(names(found)).toEqual({ files: ["dead", "out", "round"] });
    expect(found.totalBytes).toBeLessThan(1000);
  });

  it.skipIf(process.getuid?.() === 0)("says which directory it could not read", () => {
    const root = aTree();
    chmodSync(join(root, "b"), 0o000);
    expect(scanDirectory(root).directories[1]).toMatchObject({ name: "b", unknown: "unreadable" });
    chmodSync(join(root, "b"), 0o700);
  });

  it("refuses what is no directory, and another depth", () => {
    const root = aTree();
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => scanDirectory(join(root, "missing"))).toThrow(refused("STORAGE_ERROR"));
    expect(() => scanDirectory(join(root, "a.md"))).toThrow(/a\.md cannot be read: it is no directory/);
    for (const maxDepth of [-1, 1.5, Number.NaN, "3" as never])
      expect(() => scanDirectory(root, { maxDepth })).toThrow(refused("INVALID_PARAMETERS"));
    expect(() => scanDirectory(1 as never)).toThrow(refused("INVALID_PARAMETERS"));
    expect(() => scanDirectory(root, null as never)).toThrow(refused("INVALID_PARAMETERS"));
  });
});
