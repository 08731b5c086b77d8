import { chmod, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAction } from "../shared/run-action.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";
import module from "./index.ts";

const check = (input: Record<string, string | null>) => runAction(module, "check_environment", input);
const isRoot = process.getuid?.() === 0;

describe("environment_setup.check_environment", () => {
  it("describes the machine and the paths", async () => {
    await using folder = await temporaryFolder();
    const output = await check({ code_path: folder.path, output_path: join(folder.path, "a/b/c") });
    expect(output).toMatchObject({
      ok: true,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    });
    const names = (output as { checks: { name: string; ok: boolean }[] }).checks.map(({ name, ok }) => [
      name,
      ok,
    ]);
    expect(names).toEqual([
      ["node", true],
      ["platform", true],
      ["cores", true],
      ["memory", true],
      ["disk", true],
      ["code_path", true],
      ["output_path", true],
    ]);
  });

  it("creates nothing, also not the output directory", async () => {
    await using folder = await temporaryFolder();
    await check({ code_path: folder.path, output_path: join(folder.path, "deep/er") });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it("looks at the current directory by default and at no output", async () => {
    const output = (await check({})) as { checks: { name: string; detail: string }[] };
    expect(output.checks.find(({ name }) => name === "code_path")?.detail).toContain(process.cwd());
    expect(output.checks.some(({ name }) => name === "output_path")).toBe(false);
  });

  it("fails for good, naming every bad path and what to try", async () => {
    await using folder = await temporaryFolder({ "file.txt": "x" });
    const [code_path, output_path] = [join(folder.path, "gone"), join(folder.path, "file.txt/out")];
    await expect(check({ code_path, output_path })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      retryable: false,
      message: expect.stringMatching(/gone does not exist.*file\.txt is not a directory/),
      details: { problems: [{ path: "code_path" }, { path: "output_path" }] },
      suggestions: [expect.any(String), expect.any(String)],
    });
  });

  it.runIf(process.platform === "linux")("refuses an output where the system takes no files", async () => {
    await expect(check({ output_path: "/proc/1/task/out" })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      message: expect.stringMatching(/\/proc\/1\/task shows the system \(proc\) and takes no files/),
    });
  });

  it("says so where a name is not in UTF-8: it comes with its bytes replaced", async () => {
    await expect(check({ code_path: "/tmp/caf\ufffd" })).rejects.toMatchObject({
      suggestions: [expect.stringContaining("not in UTF-8")],
    });
  });

  it("refuses a file as the code, and names the directory that it is in", async () => {
    await using folder = await temporaryFolder({ "a.ts": "" });
    await expect(check({ code_path: join(folder.path, "a.ts") })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
      suggestions: [expect.stringContaining(dirname(join(folder.path, "a.ts")))],
    });
  });

  it.skipIf(isRoot)("refuses an output that this user may not write", async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o500);
    await expect(check({ output_path: join(folder.path, "out") })).rejects.toMatchObject({
      code: "INVALID_PARAMETERS",
    });
    await chmod(folder.path, 0o700);
  });
});
