import { execFileSync } from "node:child_process";
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { unpackTar } from "modern-tar/fs";
import { describe, expect, it } from "vitest";
import { managers, readFileOf, sandbox, treeOf } from "./sandbox.ts";

const folder = sandbox();
const open = managers();

describe("archiveProject", () => {
  it("writes all of a project, and makes it archived for good", async () => {
    const base = folder();
    const { manager, events } = open(base);
    const { path } = manager.createProject("pp", { templateName: "ai_analysis" });
    const deep = join(path, "data", "d".repeat(120), "e".repeat(120));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "ünï.txt"), "hi");
    writeFileSync(join(path, "run.sh"), "#!/bin/sh\n");
    chmodSync(join(path, "run.sh"), 0o755);
    const secret = join(folder(), "secret.txt");
    writeFileSync(secret, "secret");
    symlinkSync(secret, join(path, "link"));
    execFileSync("mkfifo", [join(path, "pipe")]);
    expect(await manager.archiveProject("pp")).toBe(true);

    const archive = join(base, "projects", "archives", "pp.tar.gz");
    expect(readdirSync(join(base, "projects", "archives"))).toEqual(["pp.tar.gz"]);
    const out = folder();
    await pipeline(
      createReadStream(archive),
      createGunzip(),
      unpackTar(out, { filter: ({ type }) => type !== "symlink" }),
    );
    const expected = treeOf(path).filter((each) => each !== "link" && each !== "pipe");
    expect(treeOf(join(out, "pp"))).toEqual(expected);
    expect(readFileSync(join(out, "pp", "run.sh"), "utf8")).toBe("#!/bin/sh\n");
    const listed = execFileSync("tar", ["-tvzf", archive], { encoding: "utf8" });
    expect(listed).toContain(`pp/link -> ${secret}`);
    expect(listed).toMatch(/^-rwxr-xr-x .* pp\/run\.sh$/m);

    expect(readFileOf(path)).toMatchObject({ status: "archived" });
    expect(events.at(-1)).toMatchObject({
      type: "project_archived",
      project_name: "pp",
      status: "archived",
      archive,
    });
    expect(() => manager.updateProjectStatus("pp", "active")).toThrow(
      expect.objectContaining({ code: "PROJECT_ERROR" }),
    );
    expect(open(base).manager.listProjects()).toEqual(["pp"]);
    expect(await manager.archiveProject("nope")).toBe(false);
  });

  it("makes the archive of a project anew, and never takes the place of another one's", async () => {
    const base = folder();
    const { manager } = open(base);
    manager.createProject("pp");
    expect(await manager.archiveProject("pp")).toBe(true);
    expect(await manager.archiveProject("pp")).toBe(true);
    manager.deleteProject("pp", true);
    const archive = join(base, "projects", "archives", "pp.tar.gz");
    const before = readFileSync(archive);
    const { path } = manager.createProject("pp");
    await expect(manager.archiveProject("pp")).rejects.toMatchObject({ code: "PROJECT_EXISTS" });
    expect(readFileSync(archive).equals(before)).toBe(true);
    expect(readFileOf(path)).toMatchObject({ status: "planning" });
    expect(await manager.archiveProject("pp", "kept/second.tar.gz")).toBe(true);
    expect(existsSync(join(base, "kept", "second.tar.gz"))).toBe(true);
  });

  it("leaves everything as it was where it fails", async () => {
    const base = folder();
    const { manager } = open(base);
    const { path } = manager.createProject("pp");
    const before = treeOf(base);
    await expect(manager.archiveProject("pp", join(path, "out", "pp.tar.gz"))).rejects.toMatchObject({
      code: "PROJECT_ERROR",
      message: expect.stringContaining("in the project itself"),
    });
    await expect(manager.archiveProject("pp", join(path, "README.md", "x.tar.gz"))).rejects.toThrow();
    writeFileSync(join(base, "file"), "");
    await expect(manager.archiveProject("pp", "file/below/x.tar.gz")).rejects.toMatchObject({
      code: "STORAGE_ERROR",
    });
    expect(treeOf(base)).toEqual(["file", ...before]);
    expect(readFileOf(path)).toMatchObject({ status: "planning" });
  });
});
