import { appendFile, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@orch/core";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { type TemporaryFolder, temporaryFolder } from "../shared/temporary-folder.ts";
import module from "./index.ts";

interface Built {
  artifact_path: string;
  digest: string;
  files: number;
  script: boolean;
}
interface Deployed {
  release: string;
  release_path: string;
  current_path: string;
  previous: string | null;
  changed: boolean;
  removed: string[];
}
const build = (path: string, output_path: string, signal?: AbortSignal) =>
  runAction(module, "build_project", { path, output_path }, signal ? { signal } : {}) as Promise<Built>;
const deploy = (input: JsonObject) => runAction(module, "deploy_artifact", input) as Promise<Deployed>;
const packageJson = (more: object): string =>
  JSON.stringify({ name: "@acme/shop", version: "1.2.3", ...more });

describe("building a project", () => {
  it("packs everything that .gitignore leaves in, and never its own output", async () => {
    await using folder = await temporaryFolder({
      "p/a.js": "1",
      "p/src/b.js": "22",
      "p/secret.log": "x",
      "p/.gitignore": "*.log\n",
    });
    const project = join(folder.path, "p");
    const first = await build(project, join(project, "output"));
    const second = await build(project, join(project, "output"));
    expect(second).toEqual(first);
    expect(first).toMatchObject({ name: "p", version: "0.0.0", script: false, files: 3 });
    const manifest = JSON.parse(await readFile(join(first.artifact_path, "manifest.json"), "utf8")) as {
      files: { path: string; bytes: number }[];
    };
    expect(manifest.files.map(({ path, bytes }) => [path, bytes])).toEqual([
      [".gitignore", 6],
      ["a.js", 1],
      ["src/b.js", 2],
    ]);
    await writeFile(join(project, "a.js"), "2");
    expect((await build(project, join(project, "output"))).digest).not.toBe(first.digest);
    expect(await readdir(join(project, "output"))).toEqual(["p-0.0.0"]);
  });

  it("runs the build script, and packs what it made although it is not kept in version control", async () => {
    const script =
      "node -e \"fs.mkdirSync('dist/deep',{recursive:true});fs.writeFileSync('dist/deep/x.js','built')\"";
    await using folder = await temporaryFolder({
      "package.json": packageJson({ scripts: { build: script } }),
      ".gitignore": "dist\n",
      "src.js": "source",
    });
    const built = await build(folder.path, join(folder.path, "out"));
    expect(built).toMatchObject({ name: "@acme/shop", version: "1.2.3", script: true, files: 1 });
    expect(built.artifact_path).toBe(join(folder.path, "out/acme-shop-1.2.3"));
    expect(await readFile(join(built.artifact_path, "files/dist/deep/x.js"), "utf8")).toBe("built");
  });

  it("fails for good with the end of the output when the script fails, and packs nothing", async () => {
    const script = "node -e \"console.error('no such thing'); process.exit(3)\"";
    await using folder = await temporaryFolder({
      "package.json": packageJson({ scripts: { build: script } }),
      "a.js": "1",
    });
    await expect(build(folder.path, join(folder.path, "out"))).rejects.toMatchObject({
      code: "TASK_EXECUTION_FAILED",
      retryable: false,
      message: expect.stringMatching(/ended with exit code [1-9].*: no such thing$/),
      details: { output: expect.stringContaining("no such thing") },
    });
    expect(await readdir(folder.path)).not.toContain("out");
  });

  it("ends a script that runs on when it is aborted", async () => {
    const script = "node -e \"fs.writeFileSync('started',''); setInterval(() => {}, 1000)\"";
    await using folder = await temporaryFolder({
      "package.json": packageJson({ scripts: { build: script } }),
    });
    const controller = new AbortController();
    const building = build(folder.path, join(folder.path, "out"), controller.signal);
    const outcome = expect(building).rejects.toThrow("stop");
    await expect.poll(() => readdir(folder.path), { timeout: 200_000 }).toContain("started");
    controller.abort(new Error("stop"));
    await outcome;
  });

  it.each([
    ["a directory that is not there", {}, "gone", /gone is not a directory/],
    ["a directory without files", { "p/.gitignore": "*\n" }, "p", /nothing to build/],
    ["a package.json that is none", { "p/package.json": "{" }, "p", /package\.json is not JSON/],
  ])("refuses %s", async (_, files, path, message) => {
    await using folder = await temporaryFolder(files);
    await expect(build(join(folder.path, path), join(folder.path, "out"))).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: expect.stringMatching(message),
    });
  });
});

describe("deploying an artifact", () => {
  const anArtifact = async (folder: TemporaryFolder, text: string): Promise<string> => {
    await folder.write("p/index.html", text);
    return (await build(join(folder.path, "p"), join(folder.path, "out"))).artifact_path;
  };

  it("puts a release in place, moves the link to the next one, and changes nothing for the same", async () => {
    await using folder = await temporaryFolder();
    const target_path = join(folder.path, "www");
    const first = await deploy({ artifact_path: await anArtifact(folder, "one"), target_path });
    expect(first).toMatchObject({ changed: true, previous: null, removed: [] });
    const shown = () => readFile(join(target_path, "current/files/index.html"), "utf8");
    expect(await shown()).toBe("one");
    const artifact_path = await anArtifact(folder, "two");
    const second = await deploy({ artifact_path, target_path });
    expect(second).toMatchObject({ changed: true, previous: first.release });
    expect(await shown()).toBe("two");
    expect(await deploy({ artifact_path, target_path })).toMatchObject({
      changed: false,
      release: second.release,
    });
    expect(await readlink(second.current_path)).toBe(join("releases", second.release));
  });

  it("keeps as many releases as asked for, and the one before in any case", async () => {
    await using folder = await temporaryFolder();
    const target_path = join(folder.path, "www");
    const made: string[] = [];
    for (const text of ["one", "two", "three"])
      made.push(
        (await deploy({ artifact_path: await anArtifact(folder, text), target_path, keep: 1 })).release,
      );
    expect((await readdir(join(target_path, "releases"))).sort()).toEqual(made.slice(1).sort());
  });

  it("repairs a release that was damaged in place", async () => {
    await using folder = await temporaryFolder();
    const target_path = join(folder.path, "www");
    const artifact_path = await anArtifact(folder, "one");
    const { release_path } = await deploy({ artifact_path, target_path });
    await rm(join(release_path, "files/index.html"));
    await deploy({ artifact_path, target_path });
    expect(await readFile(join(target_path, "current/files/index.html"), "utf8")).toBe("one");
  });

  it("refuses an artifact that was changed, or is none, and leaves what is deployed", async () => {
    await using folder = await temporaryFolder();
    const target_path = join(folder.path, "www");
    await deploy({ artifact_path: await anArtifact(folder, "one"), target_path });
    const artifact_path = await anArtifact(folder, "two");
    await appendFile(join(artifact_path, "files/index.html"), "!");
    await expect(deploy({ artifact_path, target_path })).rejects.toMatchObject({
      code: "TASK_EXECUTION_FAILED",
      message: expect.stringContaining("index.html was changed"),
    });
    await expect(deploy({ artifact_path: folder.path, target_path })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: expect.stringContaining("is no artifact"),
    });
    expect(await readFile(join(target_path, "current/files/index.html"), "utf8")).toBe("one");
  });

  it("refuses a manifest that leads out of the artifact", async () => {
    await using folder = await temporaryFolder();
    const artifact_path = await anArtifact(folder, "one");
    const file = join(artifact_path, "manifest.json");
    const text = (await readFile(file, "utf8")).replace('"index.html"', '"../../index.html"');
    await writeFile(file, text);
    await expect(deploy({ artifact_path, target_path: join(folder.path, "www") })).rejects.toThrow(
      /is no artifact/,
    );
  });

  it.runIf(process.platform === "linux")("refuses a target that takes no files", async () => {
    await using folder = await temporaryFolder();
    const artifact_path = await anArtifact(folder, "one");
    await expect(deploy({ artifact_path, target_path: "/proc/1/x" })).rejects.toThrow(
      /proc, which takes no files/,
    );
  });
});
