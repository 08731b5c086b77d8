import { execFileSync } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import { scan } from "./scan.ts";

const options = { include: [], exclude: [], signal: new AbortController().signal };

// Threads and many runs, on a machine that may be busy.

describe("scan", () => {
  it("finds files in order of their code units, whatever the depth", async () => {
    await using folder = await temporaryFolder({
      "b/z.ts": "",
      "a.ts": "",
      "b.ts": "",
      "b/a/c.ts": "",
      "B.ts": "",
    });
    const { files, directories } = await scan(folder.path, options);
    expect(files).toEqual(["B.ts", "a.ts", "b.ts", "b/a/c.ts", "b/z.ts"]);
    expect(directories).toBe(3);
  });

  it("leaves out what generated and version control folders hold, and counts each once", async () => {
    await using folder = await temporaryFolder({
      ".git/HEAD": "x",
      "node_modules/p/i.js": "",
      "dist/o.js": "",
      "src/node_modules/q.js": "",
      "src/a.js": "",
    });
    const { files, skipped } = await scan(folder.path, options);
    expect(files).toEqual(["src/a.js"]);
    expect(skipped.skippedCounts.ignored).toBe(4);
    expect(skipped.skipped.map(({ file }) => file)).toContain("src/node_modules/");
  });

  it("lets the innermost .gitignore decide", async () => {
    await using folder = await temporaryFolder({
      ".gitignore": "*.log\n/private/\n",
      "a.log": "",
      "sub/.gitignore": "!keep.log\n/own.ts\n",
      "sub/keep.log": "",
      "sub/other.log": "",
      "sub/own.ts": "",
      "sub/deep/own.ts": "",
      "private/secret.ts": "",
      "sub/private/open.ts": "",
    });
    const { files } = await scan(folder.path, options);
    expect(files).toEqual([
      ".gitignore",
      "sub/.gitignore",
      "sub/deep/own.ts",
      "sub/keep.log",
      "sub/private/open.ts",
    ]);
  });

  it("heeds the .gitignore files above the root up to the top of the repository, and none beyond it", async () => {
    await using folder = await temporaryFolder({
      ".gitignore": "*.ts\n",
      "repo/.git/HEAD": "",
      "repo/.gitignore": "*.gen.js\n",
      "repo/p/a.ts": "",
      "repo/p/b.gen.js": "",
    });
    const { files } = await scan(join(folder.path, "repo/p"), options);
    expect(files).toEqual(["a.ts"]);
  });

  it("looks into a directory that is ignored from above when it is the one that was asked for", async () => {
    await using folder = await temporaryFolder({
      ".git/HEAD": "x",
      ".gitignore": "/versions/\n*.log\n",
      "versions/3/lib/a.py": "",
      "versions/3/lib/b.log": "",
    });
    expect((await scan(folder.path, options)).files).not.toContain("versions/3/lib/a.py");
    const { files } = await scan(join(folder.path, "versions", "3", "lib"), options);
    expect(files).toEqual(["a.py", "b.log"]);
  });

  it("does not follow links, not even into a cycle", async () => {
    await using folder = await temporaryFolder({ "src/a.ts": "" });
    await symlink("..", join(folder.path, "src/up"));
    await symlink("/nowhere/at/all", join(folder.path, "dangling.ts"));
    const { files, skipped } = await scan(folder.path, options);
    expect(files).toEqual(["src/a.ts"]);
    expect(skipped.skippedCounts.symlink).toBe(2);
  });

  it("narrows by include and exclude", async () => {
    await using folder = await temporaryFolder({
      "src/a.ts": "",
      "src/a.test.ts": "",
      "src/b.py": "",
      "docs/c.ts": "",
    });
    const { files } = await scan(folder.path, {
      ...options,
      include: ["*.ts"],
      exclude: ["*.test.ts", "docs/"],
    });
    expect(files).toEqual(["src/a.ts"]);
  });

  it("takes a pipe or a link as .gitignore for none", async () => {
    await using folder = await temporaryFolder({ "a/x.ts": "", "b/x.ts": "", rules: "*.ts\n" });
    execFileSync("mkfifo", [join(folder.path, "a/.gitignore")]);
    await symlink("../rules", join(folder.path, "b/.gitignore"));
    expect((await scan(folder.path, options)).files).toEqual(["a/x.ts", "b/x.ts", "rules"]);
  });

  it("counts a pipe as special and never opens it", async () => {
    await using folder = await temporaryFolder({ "a.ts": "" });
    execFileSync("mkfifo", [join(folder.path, "pipe.ts")]);
    const { files, skipped } = await scan(folder.path, options);
    expect(files).toEqual(["a.ts"]);
    expect(skipped.skippedCounts.special).toBe(1);
  });

  it("stops with the reason of the signal", async () => {
    await using folder = await temporaryFolder({ "a.ts": "" });
    const reason = new Error("enough");
    await expect(scan(folder.path, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("looks into a directory that a file further in has let in again, as git does", async () => {
    await using folder = await temporaryFolder({
      ".gitignore": "a/b\n*.log\n",
      "a/.gitignore": "!b\n",
      "a/b/kept.ts": "",
      "a/b/deep/kept.ts": "",
      "a/b/left.log": "",
    });
    execFileSync("git", ["init", "-q"], { cwd: folder.path });
    const { files } = await scan(folder.path, options);
    expect(files.filter((file) => !file.endsWith(".gitignore"))).toEqual(["a/b/deep/kept.ts", "a/b/kept.ts"]);
  });

  it("agrees with git about what is ignored", async () => {
    const segment = fc.constantFrom("a", "b", "c.ts", "d.log");
    const pattern = fc
      .tuple(
        fc.constantFrom("", "!"),
        fc.constantFrom("", "/", "**/"),
        fc.constantFrom("a", "b", "*", "*.ts", "d.log", "a/b", "a/*", "?"),
        fc.constantFrom("", "/"),
      )
      .map((parts) => parts.join(""));
    const paths = fc.array(
      fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.array(pattern, { maxLength: 4 }),
        fc.array(pattern, { maxLength: 3 }),
        async (candidates, top, inner) => {
          await using folder = await temporaryFolder({ ".gitignore": `${top.join("\n")}\n` });
          execFileSync("git", ["init", "-q"], { cwd: folder.path });
          await mkdir(join(folder.path, "a"));
          await folder.write("a/.gitignore", `${inner.join("\n")}\n`);
          // A path may need a directory where an earlier one put a file: that one is left out, in both.
          for (const path of candidates) await folder.write(path, "").catch(() => undefined);
          const listed = execFileSync(
            "git",
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            { cwd: folder.path, encoding: "utf8" },
          );
          const { files } = await scan(folder.path, options);
          expect(files).toEqual(listed.split("\0").filter(Boolean).sort());
        },
      ),
      { numRuns: 40 },
    );
  });
});
