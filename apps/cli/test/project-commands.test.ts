import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aBase, aStep, write } from "./base.ts";
import { call, resultOf } from "./call.ts";
import { objectsIn, orch } from "./orch-process.ts";

const parameters = { a: { type: "integer", default: 1 } };
const SUM = { parameters, steps: [aStep("sum", "add", { parameters: { a: "{{a}}", b: 2 } })] };
const WHERE = { steps: [aStep("where", "add", { parameters: { a: "{{project_name}}" } })] };

/** A base with the project `whales`, which has the workflows sum and where. */
async function aProject() {
  const base = aBase({ "sum.json": SUM, "where.json": WHERE });
  await call(
    base,
    "project",
    "create",
    "whales",
    "--template",
    "ai_analysis",
    "--description",
    "s\u001b[2Jongs",
  );
  await call(base, "project", "update", "whales", "--workflow", "sum", "--workflow", "where");
  return base;
}

describe("orch template", () => {
  it("lists and shows templates, those of the user's own too", async () => {
    const base = aBase();
    write(base, "config/templates/lab.json", JSON.stringify({ name: "lab", description: "a \u001b[2Jlab" }));
    const list = await call(base, "template", "list");
    expect(list.code).toBe(0);
    expect(list.stdout).toHaveLength(4);
    expect(list.text).toMatch(/^ {2}lab +custom +a lab$/m);
    const templates = resultOf(await call(base, "template", "list", "--json"))["templates"];
    expect(templates).toContainEqual({ name: "lab", type: "custom", description: "a \u001b[2Jlab" });
    expect((await call(base, "template", "show", "ai_analysis")).text).toMatch(
      /Workflows +ai-analysis, build-and-test/,
    );
    const shown = resultOf(await call(base, "template", "show", "data_pipeline", "--json"));
    expect(shown).toMatchObject({ success: true, template: { name: "data_pipeline", version: "1.0" } });
  });
});

describe("orch project", () => {
  it("says what to do next with a new one: only what can be done in this base", async () => {
    const base = aBase({ "visualization.json": SUM });
    const create = (name: string, ...options: string[]) => call(base, "project", "create", name, ...options);
    expect((await create("known", "--template", "data_pipeline")).text).toMatch(
      /Run a workflow in it: orch .*project run known visualization$/m,
    );
    expect((await create("away", "--template", "ai_analysis")).text).toMatch(
      /bring one: orch .*workflow create ai-analysis --template ai-analysis$/m,
    );
    expect((await create("bare")).text).toMatch(/Give it a workflow: orch .*project update bare --workflow/);
  });

  it("creates, lists and shows a project", async () => {
    const base = aBase();
    expect((await call(base, "project", "list")).text).toMatch(
      /^No project in .*Make one with: orch .* project create/,
    );
    expect(existsSync(join(base, "projects"))).toBe(false);
    const options = [
      "--type",
      "research",
      "--tag",
      "sea",
      "--tag",
      "deep",
      "--set",
      "depth=3",
      "--author",
      "me",
    ];
    const made = await call(base, "project", "create", "whales", ...options, "--json");
    const path = join(base, "projects", "whales");
    expect(made.code).toBe(0);
    expect(resultOf(made)).toMatchObject({
      success: true,
      project_name: "whales",
      project_type: "research",
      project_path: path,
      template_used: null,
    });
    expect(existsSync(join(path, "README.md"))).toBe(true);
    expect((await call(base, "project", "list")).stdout).toEqual(["  whales  active  research  0 workflows"]);
    expect(resultOf(await call(base, "project", "list", "--json"))).toMatchObject({
      count: 1,
      projects: [
        { name: "whales", type: "research", status: "active", path, created_at: expect.any(String) },
      ],
      load_problems: [],
    });
    expect(resultOf(await call(base, "project", "show", "whales", "--json"))).toMatchObject({
      project: { tags: ["sea", "deep"], config: { depth: 3 }, author: "me" },
    });
  });

  it("says which projects cannot be read, and goes on with the others", async () => {
    const base = await aProject();
    mkdirSync(join(base, "projects", "bad", ".codomyrmex"), { recursive: true });
    writeFileSync(join(base, "projects", "bad", ".codomyrmex", "project.json"), "{");
    const { code, stdout, stderr } = await call(base, "project", "list");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: ["  whales  planning  ai_analysis  4 workflows  songs"],
    });
    expect(stderr.join()).toMatch(/^Skipped: .*bad: .*project\.json cannot be read/);
    expect((await call(base, "project", "show", "whales")).stderr).toEqual([]);
    expect((await call(base, "status")).stderr.join()).toMatch(/Problem: The project in .*bad/);
    expect((await call(base, "status")).text).toMatch(/Projects +1 planning/);
  });

  it("notes milestones, changes what is known, and shows it", async () => {
    const base = await aProject();
    const noted = await call(base, "project", "milestone", "whales", "first", "--data", "songs=3", "--json");
    expect(resultOf(noted)).toMatchObject({ milestone: { songs: 3, completed_at: expect.any(String) } });
    const update = [
      "--status",
      "active",
      "--tag",
      "sea",
      "--metric",
      "score=8.5",
      "--set",
      'ai={"model":"small"}',
    ];
    expect((await call(base, "project", "update", "whales", ...update)).text).toBe("Updated whales");
    const { text } = await call(base, "project", "show", "whales");
    expect(text).toMatch(/^whales {2}songs\n/);
    expect(text).toMatch(/Status +active\n/);
    expect(text).toMatch(/Workflows +ai-analysis, build-and-test, sum, where\n/);
    expect(text).toMatch(/Milestones\n {2}first {2}\{.*"songs":3\}/);
    expect(text).toMatch(/Metrics\n {2}score {2}8\.5/);
    const nothing = await call(base, "project", "update", "whales", "--json");
    expect(resultOf(nothing)).toMatchObject({ success: false, error_code: "INVALID_PARAMETERS" });
  });

  it("archives a project for good, and deletes it with its files or without", async () => {
    const base = await aProject();
    const archive = join(base, "out.tar.gz");
    expect(
      resultOf(await call(base, "project", "archive", "whales", "--output", archive, "--json")),
    ).toMatchObject({
      project_name: "whales",
      archive,
    });
    expect(existsSync(archive)).toBe(true);
    const back = await call(base, "project", "update", "whales", "--status", "active", "--json");
    expect(back.code).toBe(2);
    expect(resultOf(back)).toMatchObject({ error_code: "PROJECT_ERROR" });
    const path = join(base, "projects", "whales");
    expect((await call(base, "project", "delete", "whales")).text).toBe(
      `Deleted whales; its files stay in ${path}`,
    );
    expect(existsSync(join(path, "README.md"))).toBe(true);
    await call(base, "project", "create", "seals");
    const gone = await call(base, "project", "delete", "seals", "--files", "--json");
    expect(resultOf(gone)).toMatchObject({ files_removed: true, path: join(base, "projects", "seals") });
    expect(existsSync(join(base, "projects", "seals"))).toBe(false);
    expect((await call(base, "project", "delete", "seals")).code).toBe(3);
  });
});

describe("orch project run", () => {
  it("follows the run and counts it in the project", async () => {
    const base = await aProject();
    const { code, stdout } = await orch(["project", "run", "whales", "sum", "-p", "a=5", "--json"], {
      cwd: base,
    });
    expect(code).toBe(0);
    const objects = objectsIn(stdout);
    expect(objects.map(({ type }) => type)).toContain("step_completed");
    expect(objects.map(({ type }) => type)).not.toContain("project_updated");
    expect(objects.at(-1)).toMatchObject({
      type: "result",
      success: true,
      result: { warnings: [], parameters: { a: 5, project_name: "whales" } },
      results: { sum: { output: { sum: 7 } } },
    });
    expect((await call(base, "project", "run", "whales", "where", "--quiet")).code).toBe(0);
    const { project } = resultOf(await call(base, "project", "show", "whales", "--json"));
    expect(project).toMatchObject({ active_workflows: [], metrics: { workflow_executions: 2 } });
  });

  it("shows what would run, and refuses what cannot, before anything is written", async () => {
    const base = await aProject();
    expect((await call(base, "project", "run", "whales", "sum", "--dry-run")).text).toMatch(
      /nothing was run/,
    );
    const refused = async (...args: string[]) => {
      const { code, ...shown } = await call(base, "project", "run", ...args, "--json");
      return [code, resultOf(shown)["error_code"]];
    };
    expect(await refused("whals", "sum")).toEqual([3, "PROJECT_NOT_FOUND"]);
    expect(await refused("whales", "other")).toEqual([2, "PROJECT_ERROR"]);
    expect(await refused("whales", "ai-analysis")).toEqual([3, "WORKFLOW_NOT_FOUND"]);
    expect(await refused("whales", "sum", "-p", "b=1")).toEqual([2, "INVALID_PARAMETERS"]);
    const { project } = resultOf(await call(base, "project", "show", "whales", "--json"));
    expect(project).toMatchObject({ active_workflows: [], metrics: {} });
    expect(resultOf(await call(base, "execution", "list", "--json"))["executions"]).toEqual([]);
  });
});
