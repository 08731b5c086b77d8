import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { fakeTerminal } from "./fake-terminal.ts";

const CONFIG = join(import.meta.dirname, "../../../config");
const PRODUCTION = join(CONFIG, "workflows/production");
const root = mkdtempSync(join(tmpdir(), "orch-production-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Result {
  readonly code: number;
  readonly success: boolean;
  readonly error: string | null;
  readonly results: Readonly<Record<string, { readonly status: string; readonly output?: unknown }>>;
}

/** Files below a new directory. */
function aFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(root, "f"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** Runs a shipped workflow as a user would, with its state in a directory of its own. */
async function run(workflow: string, parameters: Readonly<Record<string, string>>): Promise<Result> {
  const directories = { workflows_dir: PRODUCTION, modules_dir: join(CONFIG, "modules") };
  const base = aFolder({ "orchestration.json": JSON.stringify(directories) });
  const given = Object.entries(parameters).flatMap(([key, value]) => ["-p", `${key}=${value}`]);
  const terminal = fakeTerminal();
  const code = await runCommandLine(["run", workflow, ...given, "--json", "--base-dir", base], terminal);
  return { ...(JSON.parse(terminal.stdout.at(-1) ?? "") as Omit<Result, "code">), code };
}

const statuses = ({ results }: Result): Record<string, string> =>
  Object.fromEntries(Object.entries(results).map(([step, { status }]) => [step, status]));

const PROJECT = {
  "package.json": JSON.stringify({ name: "greeter", version: "2.0.1" }),
  "greet.mjs": "export const greet = (who) => `hello ${who}`;\n",
  "greet.test.mjs": `import assert from "node:assert/strict";
import { test } from "node:test";
import { greet } from "./greet.mjs";
test("greets", () => assert.equal(greet("you"), "hello you"));
`,
};

describe("the shipped workflows", () => {
  const files = readdirSync(PRODUCTION);

  it("are those of the project templates", () => {
    expect(files.map((file) => basename(file, extname(file))).sort()).toEqual([
      "ai-analysis",
      "build-and-test",
      "data-processing",
      "deploy",
      "visualization",
    ]);
  });

  it.each(files)("%s is valid, and says nothing that its modules would refuse", async (file) => {
    const terminal = fakeTerminal();
    const base = aFolder({ "orchestration.json": JSON.stringify({ modules_dir: join(CONFIG, "modules") }) });
    const args = ["workflow", "validate", join(PRODUCTION, file), "--load", "--json", "--base-dir", base];
    expect(await runCommandLine(args, terminal)).toBe(0);
    expect(JSON.parse(terminal.stdout.at(-1) ?? "")).toMatchObject({ valid: true, warnings: [] });
  });
});

describe("build-and-test", () => {
  it("builds a project and runs its tests", async () => {
    const [project_path, output_path] = [aFolder(PROJECT), join(aFolder(), "out")];
    const result = await run("build-and-test", { project_path, output_path });
    expect(result).toMatchObject({ code: 0, success: true });
    expect(statuses(result)).toEqual({
      check_environment: "completed",
      build: "completed",
      test: "completed",
    });
    expect(readFileSync(join(output_path, "greeter-2.0.1/files/greet.mjs"), "utf8")).toBe(
      PROJECT["greet.mjs"],
    );
    expect(result.results["test"]?.output).toMatchObject({ runner: "node", total: 1, failures: 0 });
  });

  it("fails where a test does", async () => {
    const project_path = aFolder({ ...PROJECT, "greet.mjs": "export const greet = () => 'bye';\n" });
    const result = await run("build-and-test", { project_path, output_path: join(aFolder(), "out") });
    expect(result).toMatchObject({
      code: 1,
      success: false,
      error: expect.stringContaining("1 of 1 failed"),
    });
    expect(statuses(result)).toMatchObject({ build: "completed", test: "failed" });
  });

  it("refuses empty paths before anything is stored", async () => {
    expect(await run("build-and-test", { project_path: "" })).toMatchObject({
      code: 2,
      error: expect.stringContaining("project_path must not be empty"),
    });
  });
});

describe("deploy", () => {
  it("puts a release in place with a report, and moves on to the next", async () => {
    const [project_path, output] = [aFolder(PROJECT), aFolder()];
    const parameters = { project_path, output_path: join(output, "out"), target_path: join(output, "www") };
    const first = await run("deploy", parameters);
    expect(first).toMatchObject({ code: 0, success: true });
    expect(statuses(first)).toEqual({ build: "completed", document: "completed", deploy: "completed" });
    expect(readFileSync(join(output, "out/deploy-report.html"), "utf8")).toContain("Build of greeter");
    const deployed = () => readFileSync(join(output, "www/current/files/greet.mjs"), "utf8");
    expect(deployed()).toBe(PROJECT["greet.mjs"]);
    writeFileSync(join(project_path, "greet.mjs"), "export {};\n");
    expect(await run("deploy", parameters)).toMatchObject({
      code: 0,
      results: { deploy: { output: { changed: true, previous: expect.stringMatching(/^2\.0\.1-/) } } },
    });
    expect(deployed()).toBe("export {};\n");
  });
});

describe("data-processing", () => {
  const SALES = "region,amount\nnorth,10\nsouth,4\nnorth,5\n";

  it("sums a table up, and draws it", async () => {
    const folder = aFolder({ "sales.csv": SALES });
    const result = await run("data-processing", {
      data_path: join(folder, "sales.csv"),
      group_by: "region",
      value: "amount",
      output_path: join(folder, "out"),
    });
    expect(result).toMatchObject({
      code: 0,
      results: { process: { output: { amounts: { north: 15, south: 4 } } } },
    });
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["amounts-by-group.svg", "processed.json"]);
  });

  it("draws nothing where there is nothing to group, and that is no failure", async () => {
    const folder = aFolder({ "sales.csv": SALES });
    const result = await run("data-processing", {
      data_path: join(folder, "sales.csv"),
      output_path: join(folder, "out"),
    });
    expect(result.code).toBe(0);
    expect(statuses(result)).toEqual({ load: "completed", process: "completed", chart: "skipped" });
  });

  it("says which row cannot be read", async () => {
    const folder = aFolder({ "bad.csv": "a,b\n1,2,3\n" });
    expect(await run("data-processing", { data_path: join(folder, "bad.csv") })).toMatchObject({
      code: 1,
      error: expect.stringContaining("line 2 has 3 cells"),
    });
  });
});

describe("visualization", () => {
  it("draws the numbers that it is given", async () => {
    const file = join(aFolder(), "mine.svg");
    const given = { data: '{"Apples": 3, "Pears": 5}', title: "Fruit", output_path: file };
    expect(await run("visualization", given)).toMatchObject({ code: 0 });
    expect(readFileSync(file, "utf8")).toMatch(/^<svg .*Fruit.*Apples.*Pears/s);
  });

  it("refuses what are no numbers before anything runs", async () => {
    const folder = aFolder();
    const refused = await run("visualization", { data: '{"a": "x"}', output_path: join(folder, "x.svg") });
    expect(refused).toMatchObject({
      code: 2,
      error: expect.stringContaining("data.a must be of type number"),
    });
    expect(existsSync(join(folder, "x.svg"))).toBe(false);
  });
});

describe("ai-analysis", () => {
  it("of a directory without code draws nothing, and that is no failure", async () => {
    const [code_path, output_path] = [aFolder(), join(aFolder(), "out")];
    const result = await run("ai-analysis", { code_path, output_path });
    expect(result).toMatchObject({ code: 0, success: true });
    expect(statuses(result)).toMatchObject({ language_chart: "skipped", report: "completed" });
    expect(Object.values(statuses(result))).not.toContain("failed");
  });

  it("refuses an empty path before anything is stored", async () => {
    expect(await run("ai-analysis", { code_path: "" })).toMatchObject({
      code: 2,
      error: expect.stringContaining("code_path must not be empty"),
    });
  });
});
