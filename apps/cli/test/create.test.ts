import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aBase, aFolder, aStep, write } from "./base.ts";
import { call, resultOf } from "./call.ts";

const FOLDER = "config/workflows/production";
const filesIn = (base: string): string[] =>
  existsSync(join(base, FOLDER)) ? readdirSync(join(base, FOLDER)) : [];

afterEach(() => void vi.unstubAllEnvs());

describe("orch workflow create", () => {
  it("writes a definition that is valid, explains itself, and runs as it is", async () => {
    const base = aFolder();
    const created = await call(base, "workflow", "create", "mine");
    const file = join(base, FOLDER, "mine.yaml");
    expect(created.code).toBe(0);
    expect(created.text).toBe(
      `Created ${file}\n  Edit it, then: orch --base-dir ${base} run mine or orch --base-dir ${base} workflow validate mine`,
    );
    expect(filesIn(base)).toEqual(["mine.yaml"]);
    expect(readFileSync(file, "utf8")).toMatch(/^# A workflow: .*\n# Run it: {4}orch run mine /);
    const valid = await call(base, "workflow", "validate", "mine");
    expect(valid).toMatchObject({ code: 0, text: "✔ mine is valid: 2 steps, 2 levels", stderr: [] });
    const run = await call(base, "run", "mine", "-p", "who=you", "--json");
    expect(resultOf(run)).toMatchObject({
      success: true,
      result: { outputs: { greeting: expect.stringContaining("Hello you!") } },
    });
  });

  it("is valid with every line that is only suggested", async () => {
    const base = aFolder();
    await call(base, "workflow", "create", "mine");
    const file = join(base, FOLDER, "mine.yaml");
    const text = readFileSync(file, "utf8").replaceAll(/^( +)# (run_if|required|cache)/gm, "$1$2");
    expect(text).toContain("    run_if: params");
    write(base, `${FOLDER}/mine.yaml`, text);
    expect((await call(base, "workflow", "validate", "mine")).stderr).toEqual([]);
  });

  it("names commands as its user types them", async () => {
    vi.stubEnv("ORCH_COMMAND", "npx orch");
    const base = aFolder();
    await call(base, "workflow", "create", "mine");
    expect(readFileSync(join(base, FOLDER, "mine.yaml"), "utf8")).toContain("npx orch run mine");
  });

  it.each(["ai-analysis", "build-and-test", "data-processing", "deploy", "visualization"])(
    "copies %s under another name",
    async (template) => {
      const base = aFolder();
      const result = resultOf(
        await call(base, "workflow", "create", "mine", "--template", template, "--json"),
      );
      expect(result).toMatchObject({
        success: true,
        workflow: "mine",
        file: join(base, FOLDER, "mine.json"),
      });
      const shown = resultOf(await call(base, "workflow", "show", "mine", "--json"));
      expect(shown).toMatchObject({ workflow: { name: "mine" } });
    },
  );

  it("overwrites nothing, whatever the extension, and whether it can be used or not", async () => {
    const base = aBase({ "one.json": { steps: [aStep("a", "add")] }, "broken.yml": "steps: 5" });
    const before = filesIn(base);
    for (const name of ["one", "broken"]) {
      const refused = await call(base, "workflow", "create", name);
      expect(refused.code).toBe(2);
      expect(refused.stderr.join("\n")).toMatch(
        /already: .*(one\.json|broken\.yml)[\s\S]*Try: Take another name/,
      );
    }
    mkdirSync(join(base, FOLDER, "taken.yaml"));
    const { code, stderr } = await call(base, "workflow", "create", "taken");
    expect(code).not.toBe(0);
    expect(stderr.join("\n")).toContain("taken.yaml");
    expect(filesIn(base)).toEqual([...before, "taken.yaml"].sort());
  });

  it.each(["../x", "a/b", "a b", "", ".x", "a..b", "x".repeat(129), "a'\nsteps: []"])(
    "refuses the name %j and writes nothing",
    async (name) => {
      const base = aFolder();
      for (const more of [[], ["--template", "deploy"]]) {
        const { code, stdout } = await call(base, "workflow", "create", name, ...more, "--json");
        expect(code).toBe(2);
        expect(resultOf({ stdout })).toMatchObject({
          success: false,
          error_code: "WORKFLOW_DEFINITION_INVALID",
        });
      }
      expect(readdirSync(base)).toEqual([]);
    },
  );

  it("proposes a name that can be one", async () => {
    const base = aFolder();
    const { stderr } = await call(base, "workflow", "create", "my first/flow!");
    expect(stderr).toEqual([
      expect.stringMatching(/^Error: A workflow cannot be named "my first\/flow!": its name must be letters/),
      `  Try: For example: orch --base-dir ${base} workflow create my_first_flow`,
    ]);
  });

  it("says which modules a copy needs that are not here, and what to do about it", async () => {
    const base = aFolder();
    const { text } = await call(base, "workflow", "create", "mine", "--template", "data-processing");
    expect(text).toContain(
      `Its modules code, data_visualization are not in ${join(base, "config/modules")} yet`,
    );
    expect(text).toContain('"modules_dir" in orchestration.json');
  });

  it("says which templates there are", async () => {
    const base = aFolder();
    const { code, stderr } = await call(base, "workflow", "create", "mine", "--template", "ai-analisis");
    expect(code).toBe(3);
    expect(stderr.join("\n")).toMatch(
      /Did you mean 'ai-analysis'\?[\s\S]*Those that do: ai-analysis, build-and-test/,
    );
    expect(readdirSync(base)).toEqual([]);
  });
});
