import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { type TemporaryFolder, temporaryFolder } from "../shared/temporary-folder.ts";
import module from "./index.ts";
import { parseStatus } from "./status.ts";

const status = (path: string) => runAction(module, "status", { path });
const git = ({ path }: TemporaryFolder, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], {
    cwd: path,
    env: { PATH: process.env["PATH"], HOME: path, GIT_CONFIG_NOSYSTEM: "1" },
    stdio: "pipe",
  });

describe("the state of a repository", () => {
  it("is told with every changed file", async () => {
    await using folder = await temporaryFolder({
      "a.txt": "1",
      "b.txt": "2",
      "old name.txt": "long enough to be known",
    });
    git(folder, "init", "-q", "-b", "trunk");
    expect(await status(folder.path)).toMatchObject({
      is_repository: true,
      branch: "trunk",
      commit: null,
      clean: false,
    });
    git(folder, "add", ".");
    git(folder, "commit", "-q", "-m", "first");
    expect(await status(folder.path)).toMatchObject({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      upstream: null,
      clean: true,
    });
    await folder.write("a.txt", "changed");
    git(folder, "mv", "old name.txt", "new name.txt");
    await folder.write("ü new.txt", "");
    expect(await status(folder.path)).toMatchObject({
      staged: ["new name.txt"],
      modified: ["a.txt"],
      untracked: ["ü new.txt"],
      conflicted: [],
      clean: false,
    });
  });

  it("is told although the repository asks for a program to be run, which is not", async () => {
    await using folder = await temporaryFolder({ "a.txt": "1" });
    git(folder, "init", "-q");
    git(folder, "config", "core.fsmonitor", `touch ${join(folder.path, "ran")} #`);
    expect(await status(folder.path)).toMatchObject({ untracked: ["a.txt"] });
  });

  it("is that there is none outside of one", async () => {
    await using folder = await temporaryFolder();
    await rm(join(folder.path, ".git"), { recursive: true, force: true });
    expect(await status(folder.path)).toMatchObject({ is_repository: false, branch: null, clean: true });
    await expect(status(join(folder.path, "gone"))).rejects.toMatchObject({ code: "INVALID_PARAMETERS" });
  });

  it("is read with conflicts, a detached head and distance to its upstream", () => {
    const oid = "a".repeat(40);
    const text = [
      `# branch.oid ${oid}`,
      "# branch.head (detached)",
      "# branch.upstream origin/main",
      "# branch.ab +2 -3",
      `u UU N... 100644 100644 100644 100644 ${oid} ${oid} ${oid} both sides.txt`,
      `1 MM N... 100644 100644 100644 ${oid} ${oid} twice.txt`,
      "",
    ].join("\0");
    expect(parseStatus(text)).toMatchObject({
      branch: null,
      commit: oid,
      upstream: "origin/main",
      ahead: 2,
      behind: 3,
      conflicted: ["both sides.txt"],
      staged: ["twice.txt"],
      modified: ["twice.txt"],
    });
  });
});
